import JSON
import DequeModule

/// One operation that an event loop performs for its sockets, in the order of the dispatcher.
enum LoopOperation: Sendable {
    /// Answers the CONNECT. The socket gets everything that was enqueued later, and is in `rooms`.
    case connect(Socket, rooms: [String])
    case emit(Socket, OutgoingPacket, isVolatile: Bool)
    case broadcast(Broadcast)
    case join(Socket, [String])
    case leave(Socket, [String])
    /// Disconnects the socket, and with `close` its connection with all its sockets.
    case disconnect(Socket, close: Bool)
    /// Any other work, performed at its position of the order.
    case perform(@Sendable (LoopAdapter) -> Void)
    /// The sockets of a connection leave this loop for another one.
    case depart(LoopTransfer)
    /// The sockets of a connection arrive at this loop; later operations wait until they have arrived.
    case arrive(LoopTransfer)
    /// Packets were dropped: see ``LoopQueue``.
    case overflow

    /// The bytes that count towards the limit of a queue.
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

/// A packet for several sockets. It is encoded once, by the task that emits it, and shared by all loops.
final class Broadcast: Sendable {
    let recipients: RecipientFilter
    let packet: OutgoingPacket
    /// Whether the packet is dropped for clients that are not writable.
    let isVolatile: Bool
    /// Collects the acknowledgements; nil for a packet without an ack id.
    let acks: AckCollector?

    init(
        _ packet: OutgoingPacket, to recipients: RecipientFilter, isVolatile: Bool = false, acks: AckCollector? = nil
    ) {
        self.recipients = recipients
        self.packet = packet
        self.isVolatile = isVolatile
        self.acks = acks
    }

    /// Whether the packet can be written together with the packet of the broadcast before.
    func canFollow(_ other: Broadcast) -> Bool {
        acks == nil && other.acks == nil && isVolatile == other.isVolatile && recipients == other.recipients
    }
}

/// The sockets that an operation applies to.
struct RecipientFilter: Sendable {
    let namespace: String
    /// The sockets in any of these rooms; empty for all sockets of the namespace. A socket's id is also a room.
    var rooms: [String] = []
    /// Sockets in any of these rooms are excluded.
    var excludedRooms: [String] = []
    /// The socket that emits, if it is excluded.
    var sender: Socket?
}

extension RecipientFilter: Equatable {
    static func == (one: RecipientFilter, other: RecipientFilter) -> Bool {
        one.sender === other.sender && one.namespace.hasSameBytes(as: other.namespace)
            && one.rooms.elementsEqual(other.rooms) { $0.hasSameBytes(as: $1) }
            && one.excludedRooms.elementsEqual(other.excludedRooms) { $0.hasSameBytes(as: $1) }
    }
}

/// The operations that wait for one event loop. Guarded by the dispatcher's lock.
///
/// `emit` does not wait, so the queue of a loop that is far behind could grow without bound. Beyond
/// the limits, packets are dropped. Because no client may miss a packet unnoticed, the loop then closes
/// all its connections, once at the position of the first dropped packet and again after the last operation of the
/// queue. Operations without a packet, such as a join, are small and always kept.
struct LoopQueue {
    typealias Operations = Deque<LoopOperation>

    static let maximumBytes = 64 << 20
    static let maximumOperations = 1 << 18

    let adapter: LoopAdapter
    private var operations: Operations = []
    private var bytes = 0
    private var hasOverflowed = false
    /// Whether the adapter has been woken for the operations that wait.
    private var isScheduled = false

    init(of adapter: LoopAdapter) { self.adapter = adapter }

    /// - Returns: whether the adapter has to be woken.
    mutating func append(_ operation: LoopOperation) -> Bool {
        if operation.isPacket {
            guard !hasOverflowed else { return false }
            bytes += operation.bytes
            if bytes > Self.maximumBytes || operations.count >= Self.maximumOperations {
                hasOverflowed = true
                operations.append(.overflow)
            } else {
                operations.append(operation)
            }
        } else {
            operations.append(operation)
        }
        defer { isScheduled = true }
        return !isScheduled
    }

    /// Removes and returns all operations. The next operation wakes the adapter again.
    mutating func take() -> Operations {
        if hasOverflowed { operations.append(.overflow) }
        defer {
            operations = []
            bytes = 0
            hasOverflowed = false
            isScheduled = false
        }
        return operations
    }
}
