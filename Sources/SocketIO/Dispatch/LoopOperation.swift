import DequeModule

/// What a shard is told, in the order in which it is posted.
enum Post: Sendable {
    /// Answer the CONNECT and let the socket have what is posted behind this. `rooms`: those joined before.
    case connect(Socket, rooms: [String])
    case emit(Socket, OutgoingPacket, isVolatile: Bool)
    case broadcast(Broadcast)
    case join(Socket, [String])
    case leave(Socket, [String])
    /// Ends the socket, or with `close` its connection.
    case disconnect(Socket, close: Bool)
    /// Something rare, done at its place in the order.
    case perform(@Sendable (Shard) -> Void)
    /// The sockets of a connection leave for another shard.
    case depart(Move)
    /// They arrive at this one: nothing behind this is done before they have.
    case arrive(Move)
    /// Packets had to be dropped: see ``Mailbox``.
    case overflow

    /// What it counts in a mailbox.
    var bytes: Int {
        switch self {
        case .emit(_, let packet, _): packet.byteCount
        case .broadcast(let broadcast): broadcast.packet.byteCount
        default: 0
        }
    }

    var isPacket: Bool {
        switch self {
        case .emit, .broadcast: true
        default: false
        }
    }
}

/// A packet for an audience, encoded by whoever emits it; shared by the mailboxes of all shards.
final class Broadcast: Sendable {
    let audience: Audience
    let packet: OutgoingPacket
    /// Whether it is dropped for a client that does not take it at once.
    let isVolatile: Bool
    /// Who waits for the answers, and the id which the packet has for them.
    let answers: AckCollector?

    init(_ packet: OutgoingPacket, to audience: Audience, isVolatile: Bool = false, answers: AckCollector? = nil) {
        self.audience = audience
        self.packet = packet
        self.isVolatile = isVolatile
        self.answers = answers
    }

    /// Whether its bytes can be written together with those of the one before it.
    func continues(_ other: Broadcast) -> Bool {
        answers == nil && other.answers == nil && isVolatile == other.isVolatile && audience == other.audience
    }
}

/// Which sockets something is meant for.
struct Audience: Sendable {
    let namespace: String
    /// The union of these rooms; empty for everybody. A socket's id is a room of its own.
    var rooms: [String] = []
    /// Who is in one of these rooms is left out.
    var excludedRooms: [String] = []
    /// The socket that asked, where it is not meant itself.
    var sender: Socket?
}

extension Audience: Equatable {
    static func == (one: Audience, other: Audience) -> Bool {
        one.sender === other.sender && one.namespace == other.namespace
            && one.rooms == other.rooms && one.excludedRooms == other.excludedRooms
    }
}

/// What waits for a shard. Guarded by the switchboard's lock.
///
/// Emitting does not wait, so a loop that is far behind could make this grow without end. Beyond the
/// bounds packets are dropped, and as no client may miss one in silence, the shard closes all its
/// connections when it comes to that place, and again behind what was posted meanwhile. What carries no
/// packet, a join or a move, is small and always kept.
struct Mailbox {
    static let maximumBytes = 64 << 20
    static let maximumPosts = 1 << 18

    let shard: Shard
    private var posts: Deque<Post> = []
    private var bytes = 0
    private var hasOverflowed = false
    /// Whether the shard has been woken for what waits.
    private var isScheduled = false

    init(of shard: Shard) { self.shard = shard }

    /// - Returns: whether the shard has to be woken.
    mutating func append(_ post: Post) -> Bool {
        if post.isPacket {
            guard !hasOverflowed else { return false }
            bytes += post.bytes
            if bytes > Self.maximumBytes || posts.count >= Self.maximumPosts {
                hasOverflowed = true
                posts.append(.overflow)
            } else {
                posts.append(post)
            }
        } else {
            posts.append(post)
        }
        defer { isScheduled = true }
        return !isScheduled
    }

    /// Everything that waits; from now on the shard has to be woken again.
    mutating func take() -> Deque<Post> {
        if hasOverflowed { posts.append(.overflow) }
        defer {
            posts = []
            bytes = 0
            hasOverflowed = false
            isScheduled = false
        }
        return posts
    }
}
