import NIOCore
import WebSocket

/// One WebSocket: the transport of a session from its beginning, or the candidate of an upgrade.
///
/// A candidate may have another event loop than its session. The session is called through `perform`, the candidate
/// through ``onEventLoop(_:)``.
///
/// `@unchecked Sendable`: everything but `engineLoop` is used on that loop only.
final class WebSocketTransport: WebSocketDelegate, @unchecked Sendable {
    private enum Phase {
        case handshake(HandshakeRequest)
        /// Waits for `2probe`, and then for `5`.
        case candidate(EngineConnection, isProbed: Bool)
        /// Has sent `5`; is not read until the session has moved to this loop.
        case switching(EngineConnection)
        case attached(EngineConnection)
        case done
    }

    private static let probe = ByteBuffer(string: "2probe")
    private static let upgrade = ByteBuffer(string: "5")

    /// The loop of the WebSocket, and of the session once it is attached.
    let engineLoop: EngineLoop
    private let server: EngineServer
    private var phase: Phase
    private var socket: WebSocketConnection?
    private var writtenBytes = 0
    private lazy var deadline = Deadline(owner: self)

    /// Begins a session.
    init(_ request: HandshakeRequest, _ server: EngineServer, on eventLoop: any EventLoop) {
        phase = .handshake(request)
        self.server = server
        engineLoop = server.loop(of: eventLoop)
    }

    /// Opens a candidate for the upgrade of a session.
    init(upgrading connection: EngineConnection, _ server: EngineServer, on eventLoop: any EventLoop) {
        phase = .candidate(connection, isProbed: false)
        self.server = server
        engineLoop = server.loop(of: eventLoop)
    }

    // MARK: For the session

    var isWritable: Bool { socket?.isWritable ?? false }

    /// The bytes that the operating system has not taken; 0 while the socket is writable.
    var unwrittenBytes: Int {
        guard let socket, !socket.isWritable else { return 0 }
        return (try? socket.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// The bytes that the operating system has taken since the beginning.
    var takenBytes: Int { writtenBytes - unwrittenBytes }

    var isPaused: Bool {
        get { socket?.isPaused ?? false }
        set { socket?.isPaused = newValue }
    }

    func write(_ frames: ByteBuffer) {
        writtenBytes += frames.readableBytes
        socket?.write(encodedFrames: frames)
    }

    func flush() { socket?.flush() }

    /// Makes the WebSocket the session's transport. The session sets `isPaused` to read it.
    func attach(to connection: EngineConnection) { phase = .attached(connection) }

    // MARK: From the session's loop

    /// Answers the probe of a candidate.
    func answerProbe() {
        onEventLoop { transport in
            transport.write(ControlPackets.probeAnswer)
            transport.flush()
        }
    }

    /// Closes the WebSocket without a call to the session.
    func drop() {
        onEventLoop { transport in
            transport.phase = .done
            transport.close()
        }
    }

    private func onEventLoop(_ work: @escaping @Sendable (WebSocketTransport) -> Void) {
        if engineLoop.eventLoop.inEventLoop { work(self) } else { engineLoop.eventLoop.execute { work(self) } }
    }

    // MARK: From the WebSocket

    func opened(_ socket: WebSocketConnection) {
        self.socket = socket
        switch phase {
        case .handshake(let request): begin(request)
        case .candidate(let connection, _):
            engineLoop.arm(deadline, .upgrade)
            connection.perform { $0.candidateOpened(self) }
        case .switching, .attached, .done: break
        }
    }

    private func begin(_ request: HandshakeRequest) {
        let connection = EngineConnection(request, .webSocket, loop: engineLoop, server: server)
        phase = .attached(connection)
        do throws(EngineError) {
            try connection.begin(self)
        } catch {
            phase = .done
            close()
        }
    }

    func received(text: ByteBuffer, on socket: WebSocketConnection) {
        switch phase {
        case .attached(let connection):
            guard let packet = try? EnginePacket(text: text) else { return connection.end(.parseError, .none) }
            connection.received(packet)
        case .candidate(let connection, let isProbed): receivedByCandidate(text, connection, isProbed)
        case .handshake, .switching, .done: break
        }
    }

    private func receivedByCandidate(_ text: ByteBuffer, _ connection: EngineConnection, _ isProbed: Bool) {
        if text == Self.probe {
            phase = .candidate(connection, isProbed: true)
            connection.perform { $0.candidateProbed(self) }
        } else if text == Self.upgrade, isProbed {
            deadline.cancel()
            phase = .switching(connection)
            isPaused = true
            connection.perform { $0.candidateUpgraded(self) }
        } else {
            fail(connection)
        }
    }

    /// Closes the candidate. The session continues with polling.
    private func fail(_ connection: EngineConnection) {
        phase = .done
        close()
        connection.perform { $0.candidateLost(self) }
    }

    func received(binary: ByteBuffer, on socket: WebSocketConnection) {
        switch phase {
        case .attached(let connection): connection.received(.binary(binary))
        case .candidate(let connection, _): fail(connection)
        case .handshake, .switching, .done: break
        }
    }

    func writabilityChanged(_ socket: WebSocketConnection) {
        if case .attached(let connection) = phase, socket.isWritable { connection.socketIsWritable() }
    }

    func closed(_ closure: WebSocketClosure, on socket: WebSocketConnection) {
        let last = phase
        phase = .done
        deadline.cancel()
        switch last {
        case .attached(let connection): connection.end(Self.reason(closure), .none)
        case .candidate(let connection, _), .switching(let connection): connection.perform { $0.candidateLost(self) }
        case .handshake, .done: break
        }
    }

    private static func reason(_ closure: WebSocketClosure) -> DisconnectReason {
        guard closure.origin == .server else { return .transportClose }
        return closure.code == .goingAway ? .serverShuttingDown : .transportError
    }

    private func close() {
        deadline.cancel()
        socket?.close(.missing)
    }
}

extension WebSocketTransport: DeadlineOwner {
    func expired(_ deadline: Deadline) {
        if case .candidate(let connection, _) = phase { fail(connection) }
    }
}
