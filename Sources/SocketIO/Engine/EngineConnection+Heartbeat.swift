import NIOCore

extension EngineConnection: DeadlineOwner {
    func expired(_ deadline: Deadline) {
        switch deadline.kind {
        case .ping: perform(session.pingIsDue())
        case .pong: perform(session.pongIsDue())
        case .stall: stallExpired()
        case .farewell: forget()
        // A WebSocket's own; see ``WebSocketTransport``.
        case .upgrade: break
        }
    }

    private func perform(_ step: EngineSession.HeartbeatStep) {
        switch step {
        case .ping:
            home.arm(heartbeat, .pong)
            write(ControlPackets.ping(transport))
        case .timeout: end(.pingTimeout, .refusal(.unknownSession))
        }
    }

    /// When the next ping is due, counted from the last one if that was not answered.
    var nextPing: NIODeadline {
        guard session.awaitsPong else { return heartbeat.due }
        return heartbeat.due - home.delay(.pong) + home.delay(.ping)
    }
}
