import NIOCore

/// The state machine of one Engine.IO session: which requests it accepts, what packets mean, when it ends.
///
/// It does no I/O and is tested without sockets; ``EngineConnection`` performs the steps that it returns.
///
/// ```
///            2probe            5                 client moved
///  polling ─────────► probed ─────► switching ─────────────────► webSocket
///     ▲    candidate    │
///     └─────── lost ────┘
///  any ── end ──► closed           polling, probed ── end with bytes due ──► draining ── GET ──► closed
/// ```
struct EngineSession {
    enum Phase: Hashable, Sendable {
        /// Polling is the transport.
        case polling
        /// Polling is the transport, but a WebSocket has been probed: no GET may wait.
        case probed
        /// The client has sent `5`: polling has ended, and the WebSocket is not the transport yet.
        case switching
        case webSocket
        /// Closed, but the last bytes wait for a GET.
        case draining
        case closed
    }

    private(set) var phase: Phase
    /// Whether a GET waits.
    private(set) var pollWaits = false
    /// Whether a POST has begun and has not been answered.
    private(set) var postIsOpen = false
    /// Whether a WebSocket wants to become the transport.
    private(set) var hasCandidate = false
    /// Whether a ping has not been answered.
    private(set) var awaitsPong = false
    /// Whether the client's packets are not read, so that its pong cannot be seen.
    var isPaused = false

    init(_ transport: Transport) { phase = transport == .webSocket ? .webSocket : .polling }

    var isOpen: Bool { phase != .closed && phase != .draining }

    var transport: Transport { phase == .webSocket ? .webSocket : .polling }
}

// MARK: - Polling requests

extension EngineSession {
    /// How a GET is handled.
    enum PollStep: Hashable, Sendable {
        /// The GET waits for packets.
        case wait
        /// The GET is answered at once, with `6` if no packet waits.
        case release
        /// The GET gets the last bytes, or the first of them.
        case drain
        case refuse(EngineError)
        /// Another GET waits: the other one gets `1`, this one the error, and the session ends.
        case conflict(EngineError)
    }

    mutating func pollOpened() -> PollStep {
        switch phase {
        case .closed: return .refuse(.unknownSession)
        case .switching, .webSocket: return .refuse(.badRequest)
        case .draining: return .drain
        case .polling, .probed:
            guard !pollWaits else { return .conflict(.badRequest) }
            pollWaits = true
            return phase == .probed ? .release : .wait
        }
    }

    /// The waiting GET has been answered, or its connection was closed.
    mutating func pollEnded() { pollWaits = false }

    /// How a POST is handled.
    enum PostStep: Hashable, Sendable {
        /// The body of the POST is read.
        case accept
        case refuse(EngineError)
        /// Another POST is open: this one gets the error, and the session ends.
        case conflict(EngineError)
    }

    mutating func postOpened() -> PostStep {
        switch phase {
        case .closed, .draining: return .refuse(.unknownSession)
        case .switching, .webSocket: return .refuse(.badRequest)
        case .polling, .probed:
            guard !postIsOpen else { return .conflict(.badRequest) }
            postIsOpen = true
            return .accept
        }
    }

    /// The error for the open POST, whose body has come; nil when its packets are handled.
    func refusalOfPost() -> EngineError? {
        switch phase {
        case .polling, .probed: nil
        case .switching, .webSocket: .badRequest
        case .closed, .draining: .unknownSession
        }
    }

    /// The open POST has been answered, or its connection was closed.
    mutating func postEnded() { postIsOpen = false }
}

// MARK: - Packets

extension EngineSession {
    /// How a packet of the client is handled.
    enum PacketStep: Hashable, Sendable {
        case ignore
        case text(ByteBuffer)
        case binary(ByteBuffer)
        /// The packet is the awaited pong: the next ping interval begins.
        case alive
        /// The client has ended the session.
        case leave
        /// The client has broken the protocol.
        case fail(DisconnectReason)
    }

    mutating func received(_ packet: EnginePacket) -> PacketStep {
        switch packet {
        case .message(let text): return .text(text)
        case .binary(let bytes): return .binary(bytes)
        case .pong:
            guard awaitsPong else { return .ignore }
            awaitsPong = false
            return .alive
        case .close: return .leave
        // Pings go the other way since version 4.
        case .ping: return .fail(.transportError)
        case .open, .upgrade, .noop: return .ignore
        }
    }

    /// How an expired heartbeat deadline is handled.
    enum HeartbeatStep: Hashable, Sendable {
        /// Send a ping and wait for its pong.
        case ping
        case timeout
    }

    /// The ping interval has passed.
    mutating func pingIsDue() -> HeartbeatStep {
        awaitsPong = true
        return .ping
    }

    /// The pong has not come. The pong of a client that is not read cannot be seen, but the client still needs pings.
    mutating func pongIsDue() -> HeartbeatStep { isPaused ? .ping : .timeout }
}

// MARK: - Upgrade

extension EngineSession {
    /// A WebSocket with this session's id has been opened.
    ///
    /// - Returns: whether the WebSocket may stay.
    mutating func candidateOpened() -> Bool {
        guard phase == .polling, !hasCandidate else { return false }
        hasCandidate = true
        return true
    }

    /// The candidate has sent `2probe`.
    ///
    /// - Returns: whether the candidate gets `3probe`, and a waiting GET is released.
    mutating func candidateProbed() -> Bool {
        guard hasCandidate, phase == .polling || phase == .probed else { return false }
        phase = .probed
        return true
    }

    /// The candidate has sent `5`.
    ///
    /// - Returns: whether the candidate becomes the transport.
    mutating func candidateUpgraded() -> Bool {
        guard hasCandidate, phase == .probed else { return false }
        phase = .switching
        return true
    }

    /// The candidate has been closed, or has taken too long.
    ///
    /// - Returns: whether the session ends with the candidate.
    mutating func candidateLost() -> Bool {
        guard hasCandidate else { return false }
        guard phase != .switching else { return true }
        hasCandidate = false
        if phase == .probed { phase = .polling }
        return false
    }

    /// The WebSocket is the transport now. A pong that was expected over polling is no longer awaited.
    mutating func switched() {
        guard phase == .switching else { return }
        phase = .webSocket
        hasCandidate = false
        awaitsPong = false
    }
}

// MARK: - Ends

extension EngineSession {
    /// Ends the session.
    ///
    /// - Parameter bytesAreDue: whether last bytes are kept for the next GET.
    mutating func end(bytesAreDue: Bool) {
        let canWait = phase == .polling || phase == .probed
        phase = bytesAreDue && canWait ? .draining : .closed
        pollWaits = false
        postIsOpen = false
        hasCandidate = false
        awaitsPong = false
    }

    /// The last bytes have been fetched, or the time for this has passed.
    mutating func drainingEnded() {
        if phase == .draining { phase = .closed }
    }
}
