import NIOCore

/// A namespace's sockets and rooms on one event loop.
final class ShardNamespace {
    let name: String
    private(set) var members: [SocketMember] = []
    private var byID: [String: SocketMember] = [:]
    private var rooms: [String: ShardRoom] = [:]
    /// Counts passes over audiences, so that a member of several rooms is met once in each pass.
    private var pass: UInt64 = 0

    init(_ name: String) { self.name = name }

    func add(_ member: SocketMember) {
        member.place = members.count
        // The number is of the table that it comes from.
        member.visited = 0
        members.append(member)
        byID[member.socket.id] = member
    }

    func remove(_ member: SocketMember) {
        while let stay = member.stays.last { leave(member, stay.room.name) }
        if byID[member.socket.id] === member { byID[member.socket.id] = nil }
        guard let last = members.popLast(), last !== member else { return }
        members[member.place] = last
        last.place = member.place
    }

    func join(_ member: SocketMember, _ name: String) {
        let room = rooms[name] ?? ShardRoom(name)
        guard !member.stays.contains(where: { $0.room === room }) else { return }
        rooms[name] = room
        room.add(member)
    }

    func leave(_ member: SocketMember, _ name: String) {
        guard let room = rooms[name] else { return }
        guard let stay = member.stays.firstIndex(where: { $0.room === room }) else { return }
        room.remove(member, stay: stay)
        if room.members.isEmpty { rooms[name] = nil }
    }

    /// Calls `body` once for each member of the audience; `body` may take members away.
    func forEach(in audience: Audience, _ body: (SocketMember) -> Void) {
        pass += 1
        // Its own `member` is not for this loop to look at where the sender lives on another.
        if let sender = audience.sender, let member = byID[sender.id], member.socket === sender {
            member.visited = pass
        }
        for name in audience.excludedRooms { visit(name) { _ in } }
        guard !audience.rooms.isEmpty else { return visit(members, body) }
        for name in audience.rooms { visit(name, body) }
    }

    private func visit(_ room: String, _ body: (SocketMember) -> Void) {
        if let member = byID[room] { visit([member], body) }
        if let room = rooms[room] { visit(room.members, body) }
    }

    private func visit(_ members: [SocketMember], _ body: (SocketMember) -> Void) {
        for member in members where member.visited != pass && member.phase == .connected {
            member.visited = pass
            body(member)
        }
    }
}

/// The sockets of a shard that are in a room, in no particular order.
final class ShardRoom {
    let name: String
    private(set) var members: [SocketMember] = []

    init(_ name: String) { self.name = name }

    func add(_ member: SocketMember) {
        member.stays.append(SocketMember.Stay(room: self, place: members.count))
        members.append(member)
    }

    /// Takes out who has its stay at `index`; the last one takes its place.
    func remove(_ member: SocketMember, stay index: Int) {
        let place = member.stays[index].place
        member.stays.swapAt(index, member.stays.count - 1)
        member.stays.removeLast()
        guard let last = members.popLast(), last !== member else { return }
        members[place] = last
        if let stay = last.stays.firstIndex(where: { $0.room === self }) { last.stays[stay].place = place }
    }
}

/// One socket on its event loop: what the shard knows of it.
final class SocketMember {
    enum Phase {
        /// CONNECT has come; the middleware or the order has not yet let it be answered.
        case admitting
        /// CONNECT is about to be answered: what the client sends meanwhile counts.
        case answering
        /// In the shard's tables.
        case connected
        case gone
    }

    /// A room and where the socket stands in it.
    struct Stay {
        let room: ShardRoom
        var place: Int
    }

    let socket: Socket
    let client: ClientConnection
    /// Made when CONNECT is answered, where a backend has admitted the socket.
    let admission: Admission?
    /// Whether the client takes a trailing string for an offset.
    let isGuarded: Bool
    var backend: (any SocketBackend)?
    /// What the backend writes to while it is attached.
    var outlet: SocketOutlet?
    var phase = Phase.admitting
    /// Where it stands in its namespace.
    var place = 0
    /// The rooms it has joined; its own is understood.
    var stays: [Stay] = []
    /// The last pass over an audience that has come by: see ``ShardNamespace``.
    var visited: UInt64 = 0

    init(_ socket: Socket, of client: ClientConnection, admission: Admission? = nil) {
        self.socket = socket
        self.client = client
        self.admission = admission
        isGuarded = socket.pid != nil
    }

    func write(_ packet: OutgoingPacket) {
        client.link.write(packet.rendered(for: client.link.transport, guarded: isGuarded))
    }

    func write(_ rendering: inout Rendering) {
        client.link.write(rendering.bytes(for: client.link.transport, guarded: isGuarded))
    }
}

/// A run of packets as bytes, made at most once for each way in which clients of a shard take them.
struct Rendering {
    /// The bytes of packets beyond which a run is not made longer.
    static let maximumBytes = 256 << 10

    private let packets: [OutgoingPacket]
    private var polling: ByteBuffer?
    private var guardedPolling: ByteBuffer?
    private var webSocket: ByteBuffer?
    private var guardedWebSocket: ByteBuffer?

    init(_ packets: [OutgoingPacket]) { self.packets = packets }

    /// - Parameter guarded: whether the client takes a trailing string for an offset.
    mutating func bytes(for transport: Transport, guarded: Bool) -> ByteBuffer {
        switch (transport, guarded) {
        case (.polling, false): made(&polling, transport, guarded)
        case (.polling, true): made(&guardedPolling, transport, guarded)
        case (.webSocket, false): made(&webSocket, transport, guarded)
        case (.webSocket, true): made(&guardedWebSocket, transport, guarded)
        }
    }

    private func made(_ bytes: inout ByteBuffer?, _ transport: Transport, _ guarded: Bool) -> ByteBuffer {
        if let bytes { return bytes }
        var rendered = ByteBuffer()
        for packet in packets { packet.append(to: &rendered, for: transport, guarded: guarded) }
        bytes = rendered
        return rendered
    }
}
