import NIOCore

/// Connections that come from another loop, or leave for one.
extension Shard {
    /// Lets the sockets go: everything posted to them before has been done.
    func depart(_ move: Move) {
        for member in move.client.members where member.phase == .connected {
            move.rooms.append((member, member.stays.map(\.room.name)))
            remove(member)
        }
        deadlines.remove(move.client)
        move.depart()
        move.destination.loop.execute { move.destination.hasDeparted(move) }
    }

    /// Takes them in, or waits until the other shard has let them go.
    func arrive(_ move: Move) {
        guard move.hasDeparted else {
            awaited = move
            return
        }
        settle(move)
    }

    private func hasDeparted(_ move: Move) {
        move.hasDeparted = true
        guard awaited === move else { return }
        awaited = nil
        settle(move)
        advance()
    }

    private func settle(_ move: Move) {
        let client = move.client
        client.shard = self
        // Who was closed before it departed has no members any more.
        for (member, rooms) in move.rooms where member.phase == .connected { add(member, rooms: rooms) }
        if client.isOpen, client.members.isEmpty { expectConnect(of: client) }
        move.arrive()
    }
}
