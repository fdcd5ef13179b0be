import JSON
import NIOCore

/// The sockets and rooms of one namespace on one event loop.
final class LoopNamespace {
    private(set) var members: [SocketMember] = []
    private var byID: [String: SocketMember] = [:]
    private var rooms: [ExactText: LoopRoom] = [:]
    /// The number of the current pass. A member of several rooms is visited once in each pass.
    private var pass: UInt64 = 0

    func add(_ member: SocketMember) {
        member.index = members.count
        // The pass that the member was visited in belongs to the table of another loop.
        member.visitedPass = 0
        members.append(member)
        byID[member.socket.id] = member
    }

    func remove(_ member: SocketMember) {
        while let membership = member.memberships.last { leave(member, membership.room.name) }
        if byID[member.socket.id] === member { byID[member.socket.id] = nil }
        guard let last = members.popLast(), last !== member else { return }
        members[member.index] = last
        last.index = member.index
    }

    func join(_ member: SocketMember, _ name: String) {
        let room = rooms[name] ?? LoopRoom(name)
        guard !member.memberships.contains(where: { $0.room === room }) else { return }
        rooms[name] = room
        room.add(member)
    }

    func leave(_ member: SocketMember, _ name: String) {
        guard let room = rooms[name] else { return }
        guard let membership = member.memberships.firstIndex(where: { $0.room === room }) else { return }
        room.remove(member, membership: membership)
        if room.members.isEmpty { rooms[name] = nil }
    }

    /// Calls `body` once for each socket that the filter selects; `body` may remove members.
    func forEach(in recipients: RecipientFilter, _ body: (SocketMember) -> Void) {
        pass += 1
        // `sender.member` may belong to another loop, so it is not read here.
        if let sender = recipients.sender, let member = byID[sender.id], member.socket === sender {
            member.visitedPass = pass
        }
        for name in recipients.excludedRooms { visit(name) { _ in } }
        guard !recipients.rooms.isEmpty else { return visit(members, body) }
        for name in recipients.rooms { visit(name, body) }
    }

    private func visit(_ room: String, _ body: (SocketMember) -> Void) {
        if let member = byID[room] { visit([member], body) }
        if let room = rooms[room] { visit(room.members, body) }
    }

    private func visit(_ members: [SocketMember], _ body: (SocketMember) -> Void) {
        for member in members where member.visitedPass != pass && member.phase == .connected {
            member.visitedPass = pass
            body(member)
        }
    }
}

/// The sockets of one room on one event loop, in no particular order.
final class LoopRoom {
    let name: String
    fileprivate var members: [SocketMember] = []

    init(_ name: String) { self.name = name }

    fileprivate func add(_ member: SocketMember) {
        member.memberships.append(SocketMember.RoomMembership(room: self, index: members.count))
        members.append(member)
    }

    /// Removes the member whose membership in this room is at `index` of its memberships.
    fileprivate func remove(_ member: SocketMember, membership index: Int) {
        let position = member.memberships[index].index
        member.memberships.swapAt(index, member.memberships.count - 1)
        member.memberships.removeLast()
        // The last member of the room gets the free position.
        guard let last = members.popLast(), last !== member else { return }
        members[position] = last
        if let moved = last.memberships.firstIndex(where: { $0.room === self }) {
            last.memberships[moved].index = position
        }
    }
}

/// The part of a ``Socket`` that belongs to the event loop of its connection.
///
/// It exists from CONNECT until the socket ends. A ``Socket`` itself may be held by any task for as long as it likes.
final class SocketMember {
    enum Phase {
        /// The middleware has not finished, or the CONNECT is not answered yet: the client may not send anything.
        case admitting
        /// There is no middleware, so the CONNECT will be answered: events of the client are accepted already.
        case answering
        /// The CONNECT is answered, and the socket is in the tables of its loop.
        case connected
        /// The socket has ended.
        case gone
    }

    /// A room that the socket is in, and the socket's index in that room.
    struct RoomMembership {
        let room: LoopRoom
        fileprivate(set) var index: Int
    }

    let socket: Socket
    let client: ClientConnection
    /// The backend's decision about the CONNECT; nil without a backend.
    let admission: Admission?
    var backend: (any SocketBackend)?
    /// The object through which the backend writes; nil while the backend is detached.
    var outlet: SocketOutlet?
    var phase = Phase.admitting
    /// The rooms that the socket has joined, without the room of its own id.
    fileprivate(set) var memberships: [RoomMembership] = []
    /// The socket's index among the members of its namespace.
    fileprivate var index = 0
    /// The pass over the namespace in which the socket was visited last: see ``LoopNamespace``.
    fileprivate var visitedPass: UInt64 = 0

    init(_ socket: Socket, of client: ClientConnection, admission: Admission? = nil) {
        self.socket = socket
        self.client = client
        self.admission = admission
    }

    /// Whether the client takes a string at the end of an event for the position to recover from.
    private var needsGuard: Bool { socket.pid != nil }

    func write(_ packet: OutgoingPacket) {
        client.engine.write(packet.encoded(for: client.engine.transport, guarded: needsGuard))
    }

    func write(_ batch: inout EncodedBatch) {
        client.engine.write(batch.bytes(for: client.engine.transport, guarded: needsGuard))
    }
}

/// The bytes of consecutive packets, encoded at most once for each transport, with and without a guard.
struct EncodedBatch {
    /// No packet is added to a batch that has this many bytes.
    static let maximumBytes = 256 << 10

    private let packets: [OutgoingPacket]
    private var polling: ByteBuffer?
    private var guardedPolling: ByteBuffer?
    private var webSocket: ByteBuffer?
    private var guardedWebSocket: ByteBuffer?

    init(_ packets: [OutgoingPacket]) { self.packets = packets }

    /// - Parameter guarded: see ``OutgoingPacket/append(to:for:guarded:)``.
    mutating func bytes(for transport: Transport, guarded: Bool) -> ByteBuffer {
        switch (transport, guarded) {
        case (.polling, false): encoded(&polling, transport, guarded)
        case (.polling, true): encoded(&guardedPolling, transport, guarded)
        case (.webSocket, false): encoded(&webSocket, transport, guarded)
        case (.webSocket, true): encoded(&guardedWebSocket, transport, guarded)
        }
    }

    private func encoded(_ bytes: inout ByteBuffer?, _ transport: Transport, _ guarded: Bool) -> ByteBuffer {
        if let bytes { return bytes }
        var encoded = ByteBuffer()
        for packet in packets { packet.append(to: &encoded, for: transport, guarded: guarded) }
        bytes = encoded
        return encoded
    }
}
