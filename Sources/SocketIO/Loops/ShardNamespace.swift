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
