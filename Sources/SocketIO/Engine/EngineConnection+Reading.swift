import DequeModule
import NIOCore

/// The client's packets.
extension EngineConnection {
    /// Whether the client's packets wait: a WebSocket is not read, and a POST is not answered.
    ///
    /// Pongs wait with the rest, so none is missed meanwhile. May be set from inside `received`; what the
    /// transport had handed over by then comes when reading goes on.
    package var isPaused: Bool {
        get { session.isPaused }
        set {
            guard session.isOpen, newValue != session.isPaused else { return }
            session.isPaused = newValue
            if newValue { socket?.isPaused = true } else { resume() }
        }
    }

    private func resume() {
        // The client has its full time again: its pong may be behind much else.
        if session.awaitsPong { home.arm(heartbeat, .pong) }
        guard !isReading else { return }
        read()
        if session.isOpen, !session.isPaused { socket?.isPaused = false }
    }

    /// A packet has come over the WebSocket.
    func received(_ packet: EnginePacket) {
        guard !session.isPaused, !isReading, unread.isEmpty else { return unread.append(packet) }
        isReading = true
        handle(packet)
        isReading = false
        if !unread.isEmpty { read() }
    }

    /// Deals with packets in their order until the reader pauses, and answers the POST they came with.
    func read() {
        guard !isReading else { return }
        isReading = true
        while session.isOpen, !session.isPaused, let packet = unread.popFirst() { handle(packet) }
        isReading = false
        guard session.isOpen, unread.isEmpty else { return }
        if !session.isPaused { socket?.isPaused = false }
        guard let post, post.isComplete else { return }
        postEnded()
        post.answerPost()
    }

    private func handle(_ packet: EnginePacket) {
        switch session.received(packet) {
        case .ignore: break
        case .text(let text): client?.received(text: text, on: self)
        case .binary(let bytes): client?.received(binary: bytes, on: self)
        case .alive: home.arm(heartbeat, .ping)
        case .leave: end(.transportClose, .noop)
        case .fail(let reason): end(reason, .none)
        }
    }
}
