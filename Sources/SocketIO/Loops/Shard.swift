import DequeModule
import NIOCore
import WebSocket

/// The sockets of one event loop, and what is posted to them.
///
/// ```
///  tasks ── post ──► mailbox ── wake, once for all that waits ──► advance: one post after the other
/// ```
final class Shard: @unchecked Sendable {  // all but the constants belongs to `loop`
    typealias Posts = Deque<Post>

    /// How many writes are made before others on the loop get their turn.
    private static let turnWrites = 16_384

    let index: Int
    let loop: any EventLoop
    let options: SocketIOOptions
    private weak let switchboard: Switchboard?
    private var namespaces: [String: ShardNamespace] = [:]
    private var backlog: Posts = []
    /// The move whose arrival everything in the backlog has to wait for.
    var awaited: Move?
    private var turn = 0
    var deadlines = ConnectDeadlines()

    init(index: Int, loop: any EventLoop, switchboard: Switchboard, options: SocketIOOptions) {
        self.index = index
        self.loop = loop
        self.switchboard = switchboard
        self.options = options
    }

    /// From any thread: something waits in the mailbox.
    func wake() {
        loop.execute { self.advance() }
    }

    /// Does what waits, in order, for a turn.
    ///
    /// More is taken from the mailbox only when what was taken is done, so that the mailbox's bounds
    /// hold for everything that waits.
    func advance() {
        turn = 0
        while awaited == nil {
            if backlog.isEmpty { backlog = switchboard?.take(for: self) ?? [] }
            guard let post = backlog.popFirst() else { return }
            perform(post)
            turn += 1
            guard turn < Self.turnWrites else { return LoopScheduler.on(loop).schedule(.live) { self.advance() } }
        }
    }

    private func perform(_ post: Post) {
        switch post {
        case .connect(let socket, let rooms): connect(socket, rooms)
        case .emit(let socket, let packet, let isVolatile): emit(packet, to: socket, isVolatile: isVolatile)
        case .broadcast(let broadcast): deliver(broadcast)
        case .join(let socket, let rooms): join(socket, rooms)
        case .leave(let socket, let rooms): leave(socket, rooms)
        case .disconnect(let socket, let close): socket.member?.client.dismiss(socket, close: close)
        case .perform(let work): work(self)
        case .depart(let move): depart(move)
        case .arrive(let move): arrive(move)
        case .overflow: overflow()
        }
    }

    // MARK: Packets

    private func emit(_ packet: OutgoingPacket, to socket: Socket, isVolatile: Bool) {
        guard let member = socket.member, member.phase == .connected else { return }
        guard !isVolatile || member.client.link.isWritable else { return }
        member.write(packet)
    }

    /// One rendering and one write a connection for all broadcasts in a row that go to the same sockets.
    private func deliver(_ broadcast: Broadcast) {
        var packets = [broadcast.packet]
        var bytes = broadcast.packet.byteCount
        while bytes < Rendering.maximumBytes, case .broadcast(let next) = backlog.first, next.continues(broadcast) {
            backlog.removeFirst()
            packets.append(next.packet)
            bytes += next.packet.byteCount
        }
        var rendering = Rendering(packets)
        namespaces[broadcast.audience.namespace]?.forEach(in: broadcast.audience) { member in
            guard !broadcast.isVolatile || member.client.link.isWritable else { return }
            if let answers = broadcast.answers, !answers.expect(member.socket) { return }
            member.write(&rendering)
            turn += 1
        }
        broadcast.answers?.shardIsDone()
    }

    private func overflow() {
        let clients = namespaces.values.flatMap { $0.members.map(\.client) }
        for client in clients { client.link.close(.transportError) }
    }

    // MARK: Tables

    private func connect(_ socket: Socket, _ rooms: [String]) {
        guard let member = socket.member, member.phase == .admitting || member.phase == .answering else { return }
        member.phase = .connected
        if socket.isRecovered {
            evict(olderThan: socket)
            switchboard?.postToAll(.perform { $0.evict(olderThan: socket) })
        }
        add(member, rooms: rooms)
        member.client.connected(member)
    }

    /// An id of the past may still be in use, by a connection that nobody has noticed to be dead.
    /// Of two that come back with it at once the later one stays.
    private func evict(olderThan socket: Socket) {
        for member in members(in: Audience(namespace: socket.namespace.name, rooms: [socket.id])) {
            guard member.socket.id == socket.id, member.socket.number < socket.number else { continue }
            member.client.link.close(.transportClose)
        }
    }

    func add(_ member: SocketMember, rooms: [String]) {
        let name = member.socket.namespace.name
        let namespace = namespaces[name] ?? ShardNamespace(name)
        namespaces[name] = namespace
        namespace.add(member)
        for room in rooms { namespace.join(member, room) }
    }

    func remove(_ member: SocketMember) {
        let name = member.socket.namespace.name
        guard let namespace = namespaces[name] else { return }
        namespace.remove(member)
        if namespace.members.isEmpty { namespaces[name] = nil }
    }

    /// What can be found out about an audience here and now.
    func members(in audience: Audience) -> [SocketMember] {
        var members: [SocketMember] = []
        namespaces[audience.namespace]?.forEach(in: audience) { members.append($0) }
        return members
    }

    // MARK: Rooms

    private func join(_ socket: Socket, _ rooms: [String]) {
        defer { socket.roomPostWasDone() }
        guard let member = socket.member, member.phase == .connected else { return }
        for room in rooms { namespaces[socket.namespace.name]?.join(member, room) }
    }

    private func leave(_ socket: Socket, _ rooms: [String]) {
        defer { socket.roomPostWasDone() }
        guard let member = socket.member, member.phase == .connected else { return }
        for room in rooms { namespaces[socket.namespace.name]?.leave(member, room) }
    }

    /// For `socketsJoin`: a socket that is in as many rooms as it may be in stays where it is.
    func join(_ rooms: [String], audience: Audience) {
        guard let namespace = namespaces[audience.namespace] else { return }
        for member in members(in: audience) {
            for room in rooms where room != member.socket.id && member.stays.count + 1 < options.maximumRooms {
                namespace.join(member, room)
            }
            member.socket.roomsWereChanged(member.stays)
        }
    }

    func leave(_ rooms: [String], audience: Audience) {
        guard let namespace = namespaces[audience.namespace] else { return }
        for member in members(in: audience) {
            for room in rooms { namespace.leave(member, room) }
            member.socket.roomsWereChanged(member.stays)
        }
    }
}
