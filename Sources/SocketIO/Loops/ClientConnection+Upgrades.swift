import NIOCore

/// Changes of the transport, and of the loop.
extension ClientConnection {
    func willSwitch() {
        isSwitching = true
        for member in members { detach(member) }
    }

    func didSwitch() {
        isSwitching = false
        seat.transport = link.transport
        for member in members where member.phase == .connected { attach(member) }
    }

    func move(to loop: any EventLoop, depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void) {
        let destination = server.switchboard.shard(of: loop)
        server.switchboard.post(Move(self, to: destination, depart: depart, arrive: arrive), of: seat)
    }

    func becameWritable() {
        for member in members { member.backend?.writabilityChanged() }
    }

    func attach(_ member: SocketMember) {
        guard isOpen, member.outlet == nil, let backend = member.backend else { return }
        let outlet = SocketOutlet(link)
        member.outlet = outlet
        backend.attached(outlet)
    }

    private func detach(_ member: SocketMember) {
        guard let outlet = member.outlet else { return }
        outlet.die()
        member.outlet = nil
        member.backend?.detached()
    }
}
