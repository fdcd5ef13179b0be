/// How sockets and the connection end.
extension ClientConnection {
    /// The server ends a socket, or with `close` all sockets of the connection and then that.
    func dismiss(_ socket: Socket, close: Bool) {
        guard let member = socket.member else { return }
        for ended in close ? members : [member] {
            let namespace = ended.socket.namespace.name
            if ended.phase == .connected {
                write(.disconnect(namespace: namespace))
                remember(dismissed: namespace)
            } else {
                write(.connectError("Disconnected", namespace: namespace))
            }
            end(ended, .serverNamespaceDisconnect)
        }
        if close { link.close(.forcedServerClose) }
    }

    private func remember(dismissed namespace: String) {
        if dismissed.count >= server.options.maximumNamespaces { dismissed.removeFirst() }
        dismissed.append(namespace)
    }

    /// Takes a socket out of everything and tells whoever wants to know.
    func end(_ member: SocketMember, _ reason: DisconnectReason) {
        let wasConnected = member.phase == .connected
        member.phase = .gone
        if wasConnected { shard.remove(member) }
        members.removeAll { $0 === member }
        member.socket.member = nil
        member.outlet?.die()
        member.outlet = nil
        member.backend?.closed(reason)
        member.backend = nil
        if member.socket.ended(reason) { resume() }
    }

    func closed(_ reason: DisconnectReason) {
        guard isOpen else { return }
        isOpen = false
        shard.deadlines.remove(self)
        for connect in undecided { connect.request.abandon() }
        undecided = []
        for member in members { end(member, reason) }
        if reason == .serverShuttingDown { server.isShuttingDown() }
    }
}
