import DequeModule
import NIOCore

/// The packets of a client that its transport has delivered, but that have not been handled yet.
struct UnreadPackets {
    private var packets: Deque<EnginePacket> = []
    /// Whether packets are being handled. Packets that come in the meantime are appended.
    private(set) var isReading = false

    var isEmpty: Bool { packets.isEmpty }

    mutating func append(_ packet: EnginePacket) { packets.append(packet) }

    mutating func append(contentsOf more: [EnginePacket]) { packets.append(contentsOf: more) }

    /// - Returns: false when packets are being handled already.
    mutating func beginReading() -> Bool {
        guard !isReading else { return false }
        isReading = true
        return true
    }

    mutating func endReading() { isReading = false }

    mutating func next() -> EnginePacket? { packets.popFirst() }

    mutating func removeAll() { packets.removeAll(keepingCapacity: false) }
}

/// The deadline of the next ping or of its pong. ``EngineSession`` knows which of them is awaited.
struct Heartbeat {
    private var deadline: Deadline?
    /// When the next ping is due, while the connection moves to another loop.
    private var pingAfterMove: NIODeadline?

    /// Arms the deadline for a ping or a pong.
    ///
    /// - Parameter due: nil for the delay that the options set.
    mutating func arm(_ kind: Deadline.Kind, of owner: any DeadlineOwner, on loop: EngineLoop, due: NIODeadline? = nil)
    {
        let deadline = self.deadline ?? Deadline(owner: owner)
        self.deadline = deadline
        loop.arm(deadline, kind, due: due)
    }

    func cancel() { deadline?.cancel() }

    /// Takes the deadline out of the loop's list, because the connection leaves that loop.
    mutating func leave(_ loop: EngineLoop, awaitsPong: Bool) {
        pingAfterMove = nextPing(on: loop, awaitsPong: awaitsPong)
        cancel()
    }

    /// When the first ping over the new transport is due.
    mutating func takeNextPing(on loop: EngineLoop, awaitsPong: Bool) -> NIODeadline {
        defer { pingAfterMove = nil }
        return pingAfterMove ?? nextPing(on: loop, awaitsPong: awaitsPong)
    }

    /// When the next ping is due; counted from the last ping if its pong has not come.
    private func nextPing(on loop: EngineLoop, awaitsPong: Bool) -> NIODeadline {
        let due = deadline?.due ?? .distantFuture
        return awaitsPong ? due - loop.delay(.pong) + loop.delay(.ping) : due
    }
}

/// Measures whether a client takes the bytes that wait for it.
struct StallDetector {
    private var deadline: Deadline?
    /// The number of bytes that the WebSocket had taken when the deadline was armed.
    private var takenBytes = 0

    /// Starts the time that the client has, unless it is running.
    mutating func start(for owner: any DeadlineOwner, on loop: EngineLoop, takenBytes: @autoclosure () -> Int) {
        let deadline = self.deadline ?? Deadline(owner: owner)
        self.deadline = deadline
        guard !deadline.isArmed else { return }
        self.takenBytes = takenBytes()
        loop.arm(deadline, .stall)
    }

    func stop() { deadline?.cancel() }

    /// Whether the client has taken bytes since the start.
    func hasProgress(takenBytes: Int) -> Bool { takenBytes > self.takenBytes }
}

/// The change of a session from polling to a WebSocket, which may belong to another event loop.
///
/// ```
///  loop A (session)                       loop B (candidate)
///                    ◄── candidateProbed ── 2probe
///  release polls ──── answerProbe ───────►  3probe
///                    ◄── candidateUpgraded ─ 5; later packets wait
///  willSwitch, move
///  depart ─────────────────────────────►  arrive: waiting packets are written, didSwitch, waiting packets are read
/// ```
struct TransportUpgrade {
    /// The WebSocket that the client has opened for the upgrade.
    private(set) var candidate: WebSocketTransport?
    /// Whether the connection has left one loop and has not arrived on the other.
    private(set) var isMoving = false
    /// Why the connection closes as soon as it has arrived; nil if it does not.
    private(set) var closeReason: DisconnectReason?

    mutating func begin(_ candidate: WebSocketTransport) { self.candidate = candidate }

    /// Removes and returns the candidate.
    mutating func takeCandidate() -> WebSocketTransport? {
        defer { candidate = nil }
        return candidate
    }

    mutating func depart() { isMoving = true }

    /// - Returns: whether the connection had departed.
    mutating func arrive() -> Bool {
        defer { isMoving = false }
        return isMoving
    }

    mutating func closeAfterMove(_ reason: DisconnectReason) { closeReason = reason }
}
