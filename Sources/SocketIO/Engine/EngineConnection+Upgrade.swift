import NIOCore

/// From polling to a WebSocket, which may have come in on another loop.
///
/// ```
///  loop A (session)                       loop B (candidate)
///                    ◄── candidateProbed ── 2probe
///  release polls ──── answerProbe ───────►  3probe
///                    ◄── candidateUpgraded ─ 5; what follows waits
///  willSwitch, move
///  depart ─────────────────────────────►  arrive: what waits is written, didSwitch, what waited is read
/// ```
extension EngineConnection {
    func candidateOpened(_ transport: WebSocketTransport) {
        guard server.offersUpgrades, session.candidateOpened() else { return transport.drop() }
        candidate = transport
    }

    func candidateProbed(_ transport: WebSocketTransport) {
        guard candidate === transport, session.candidateProbed() else { return }
        transport.answerProbe()
        answerPoll()
    }

    func candidateUpgraded(_ transport: WebSocketTransport) {
        guard candidate === transport else { return }
        guard session.candidateUpgraded() else {
            transport.drop()
            return candidateLost(transport)
        }
        answerPoll()
        client?.willSwitch(self)
        guard session.isOpen else { return }
        guard transport.home !== home else { return attach() }
        client?.move(
            self, to: transport.home.eventLoop, depart: { self.depart(to: transport.home) }, arrive: { self.arrive() })
    }

    /// The candidate has gone, or has said what a candidate may not say.
    func candidateLost(_ transport: WebSocketTransport) {
        guard candidate === transport else { return }
        if session.candidateLost() { return end(.transportClose, .none) }
        candidate = nil
    }

    /// Nothing here touches the connection on the present loop any more.
    private func depart(to loop: EngineLoop) {
        guard session.phase == .switching, !isMoving else { return }
        if isDirty { home.forget(self) }
        isDirty = false
        stopStallClock()
        pingAfterMove = nextPing
        heartbeat.cancel()
        isMoving = true
        move(to: loop)
    }

    private func arrive() {
        guard isMoving else { return }
        isMoving = false
        attach()
    }

    /// The candidate becomes the transport.
    private func attach() {
        guard let transport = candidate else { return }
        let ping = pingAfterMove ?? nextPing
        pingAfterMove = nil
        session.switched()
        candidate = nil
        socket = transport
        transport.attach(to: self)
        home.arm(heartbeat, .ping, due: ping)
        let packets = waiting
        waiting = ByteBuffer()
        if packets.readableBytes > 0 {
            transport.write(PollingPayload.reframe(packets))
            markDirty()
        }
        client?.didSwitch(self)
        if let endsOnArrival { return close(endsOnArrival) }
        read()
    }
}
