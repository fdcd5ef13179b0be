import NIOCore

/// One Engine.IO session as the protocol sees it: which requests it takes, what packets mean, when it ends.
///
/// A pure state machine, tested without sockets; ``EngineConnection`` performs what it says.
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
        /// The same, but a WebSocket has been probed: no GET may wait.
        case probed
        /// The client has said `5`: polling has ended, and the WebSocket is not the transport yet.
        case switching
        case webSocket
        /// Closed, but the last bytes wait for a GET to take them.
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
    /// Whether the client's packets are not read, so that no pong can be expected.
    var isPaused = false

    init(_ transport: Transport) { phase = transport == .webSocket ? .webSocket : .polling }

    var isOpen: Bool { phase != .closed && phase != .draining }

    var transport: Transport { phase == .webSocket ? .webSocket : .polling }
}

// MARK: - Polling requests

extension EngineSession {
    /// What becomes of a GET.
    enum PollStep: Hashable, Sendable {
        /// It waits for packets.
        case wait
        /// It is answered at once, with `6` if nothing else is there.
        case release
        /// It takes the last bytes, or the first of them.
        case drain
        case refuse(EngineError)
        /// Another GET waits: that one gets `1`, this one the error, and the session ends.
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

    /// The waiting GET has been answered, or has gone.
    mutating func pollEnded() { pollWaits = false }

    /// What becomes of a POST.
    enum PostStep: Hashable, Sendable {
        /// Its body may come.
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

    /// The body of the open POST is there: why its packets do not count, or nil.
    func refusalOfPost() -> EngineError? {
        switch phase {
        case .polling, .probed: nil
        case .switching, .webSocket: .badRequest
        case .closed, .draining: .unknownSession
        }
    }

    /// The open POST has been answered, or has gone.
    mutating func postEnded() { postIsOpen = false }
}

// MARK: - Packets

extension EngineSession {
    /// What a packet of the client means.
    enum PacketStep: Hashable, Sendable {
        case ignore
        case text(ByteBuffer)
        case binary(ByteBuffer)
        /// The awaited pong: the next interval begins.
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

    /// What a heartbeat deadline asks for.
    enum HeartbeatStep: Hashable, Sendable {
        /// Send a ping and await its pong.
        case ping
        case timeout
    }

    /// The interval is over.
    mutating func pingIsDue() -> HeartbeatStep {
        awaitsPong = true
        return .ping
    }

    /// The pong has not come. Of a client that is not read none can, but it needs pings all the same.
    mutating func pongIsDue() -> HeartbeatStep { isPaused ? .ping : .timeout }
}

// MARK: - Upgrade

extension EngineSession {
    /// A WebSocket with this session's id has been opened; answers whether it may membership.
    mutating func candidateOpened() -> Bool {
        guard phase == .polling, !hasCandidate else { return false }
        hasCandidate = true
        return true
    }

    /// The candidate said `2probe`; answers whether it is told `3probe`, and a waiting GET is to be released.
    mutating func candidateProbed() -> Bool {
        guard hasCandidate, phase == .polling || phase == .probed else { return false }
        phase = .probed
        return true
    }

    /// The candidate said `5`; answers whether it becomes the transport.
    mutating func candidateUpgraded() -> Bool {
        guard hasCandidate, phase == .probed else { return false }
        phase = .switching
        return true
    }

    /// The candidate has gone, or took too long; answers whether the session must end with it.
    mutating func candidateLost() -> Bool {
        guard hasCandidate else { return false }
        guard phase != .switching else { return true }
        hasCandidate = false
        if phase == .probed { phase = .polling }
        return false
    }

    /// The WebSocket is the transport. A pong that was due over polling is not waited for.
    mutating func switched() {
        guard phase == .switching else { return }
        phase = .webSocket
        hasCandidate = false
        awaitsPong = false
    }
}

// MARK: - Ends

extension EngineSession {
    /// Ends the session, whose waiting GET has been answered.
    ///
    /// - Parameter bytesAreDue: whether there are last bytes for the next GET.
    mutating func end(bytesAreDue: Bool) {
        let canWait = phase == .polling || phase == .probed
        phase = bytesAreDue && canWait ? .draining : .closed
        pollWaits = false
        postIsOpen = false
        hasCandidate = false
        awaitsPong = false
    }

    /// The last bytes have been taken, or nobody came for them.
    mutating func drainingEnded() {
        if phase == .draining { phase = .closed }
    }
}
