import DequeModule
package import NIOCore
import Synchronization

/// One client's session: performs what ``EngineSession`` says, on one event loop.
///
/// It outlives the transport it began with: a session that begins with polling may go on with a WebSocket,
/// and moves to the event loop on which that came in.
/// ```
///  PollingRequest ─┐                                     ┌─► EngineClient (Socket.IO)
///                  ├─► EngineConnection ─ EngineSession ─┤
///  WebSocketTransport ┘                                  └─► write ─ flush at the end of the tick
/// ```
/// What is written is bounded: see ``SocketIOOptions/maximumBufferedBytes`` and ``SocketIOOptions/stallTime``.
///
/// `@unchecked Sendable`: `publishedHome` has its lock, and all other variables are used on the loop that it names;
/// a move hands them over by changing `publishedHome` last.
package final class EngineConnection: @unchecked Sendable {
    /// While fewer bytes than this wait for a poll, more may be written.
    private static let pollBytes = 64 << 10

    /// The session's secret name, which lets anybody take it over.
    package let id: String
    /// The request that began the session.
    package let request: HandshakeRequest
    let server: EngineServer
    /// How many packets the client takes in one answer to a GET.
    let packetsPerPoll: Int
    /// The value of `home` that other loops read.
    private let publishedHome: Mutex<EngineLoop>

    var home: EngineLoop
    var session: EngineSession
    /// Nil before the start and after the end.
    var client: (any EngineClient)?
    /// Packets that wait for a poll, as they lie on polling.
    var waiting = ByteBuffer()
    var poll: PollingRequest?
    var post: PollingRequest?
    var socket: WebSocketTransport?
    /// The WebSocket that wants to take the session over.
    var candidate: WebSocketTransport?
    /// Packets of the client that have been taken from the transport but not dealt with.
    var unread = Deque<EnginePacket>()
    var isReading = false
    /// Whether the loop has the connection in its list of those to flush.
    var isDirty = false
    /// Whether more was written than may wait.
    var isOverfull = false
    /// Whether it has left one loop and not arrived on the other, and why it ends when it does.
    var isMoving = false
    var endsOnArrival: DisconnectReason?
    /// When the next ping is due after a move.
    var pingAfterMove: NIODeadline?
    /// How many bytes the WebSocket's client had taken when it was last looked at.
    var takenBytes = 0
    /// Told after `closed`.
    var onEnd: [() -> Void] = []
    private(set) lazy var heartbeat = Deadline(owner: self)
    private(set) lazy var stall = Deadline(owner: self)
    private(set) var mayStall = false

    init(_ request: HandshakeRequest, _ transport: Transport, home: EngineLoop, server: EngineServer) {
        id = SessionID.make()
        self.request = request
        self.home = home
        self.server = server
        packetsPerPoll = PollingAnswers.maximumPackets(request)
        session = EngineSession(transport)
        publishedHome = Mutex(home)
    }

    /// The event loop which the connection belongs to. May be asked from everywhere.
    package var loop: any EventLoop { publishedHome.withLock { $0.eventLoop } }

    /// Moves the connection to another loop; the old loop must not use it afterwards.
    func move(to loop: EngineLoop) {
        home = loop
        publishedHome.withLock { $0 = loop }
    }

    /// What is to be rendered for; changes with `didSwitch`.
    package var transport: Transport { session.transport }

    /// Whether anything can still be written.
    package var isOpen: Bool { session.isOpen }

    /// Whether the client keeps up; while it does not, only what cannot wait should be written.
    ///
    /// A WebSocket is writable while its channel is. Polling is while a GET waits for an answer that has not
    /// reached 64 KiB, and no upgrade has begun. Nothing is writable between `willSwitch` and `didSwitch`.
    package var isWritable: Bool {
        switch session.phase {
        case .webSocket: socket?.isWritable ?? false
        case .polling: poll != nil && waiting.readableBytes < Self.pollBytes
        case .probed, .switching, .farewell, .closed: false
        }
    }

    /// Runs something on the connection's loop: at once when called there, and after a move on the new loop.
    package func perform(_ work: @escaping @Sendable (EngineConnection) -> Void) {
        let loop = loop
        if loop.inEventLoop { work(self) } else { loop.execute { self.perform(work) } }
    }

    // MARK: Writing

    /// Queues packets that were rendered for `transport`; they leave at the end of this tick, or with the next poll.
    ///
    /// The bytes may be shared with other connections. Ignored when not open. A connection for which more
    /// than `maximumBufferedBytes` wait already is closed at the end of the tick, with "transport error";
    /// nothing is called from inside here.
    package func write(_ rendered: ByteBuffer) {
        guard session.isOpen, !isOverfull, rendered.readableBytes > 0 else { return }
        if session.phase == .webSocket {
            isOverfull = (socket?.unwrittenBytes ?? 0) > server.options.maximumBufferedBytes
            if !isOverfull { socket?.write(rendered) }
        } else {
            isOverfull = waiting.readableBytes > server.options.maximumBufferedBytes
            if !isOverfull { append(rendered) }
        }
        markDirty()
    }

    func append(_ packets: ByteBuffer) {
        guard waiting.readableBytes > 0 else { return waiting = packets }
        PollingPayload.appendSeparator(to: &waiting)
        waiting.writeImmutableBuffer(packets)
    }

    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        home.flushLater(self)
    }

    /// The end of a tick in which something was written.
    func flush() {
        isDirty = false
        guard session.isOpen else { return }
        guard !isOverfull else { return end(.transportError, .none) }
        if session.phase == .webSocket { socket?.flush() } else { answerPoll() }
        watchForStall()
    }

    // MARK: Stalling

    private var bytesWait: Bool {
        session.phase == .webSocket ? !(socket?.isWritable ?? true) : waiting.readableBytes > 0
    }

    /// Starts or stops the clock of a client that takes nothing.
    func watchForStall() {
        guard bytesWait else { return stopStallClock() }
        guard !mayStall else { return }
        mayStall = true
        takenBytes = socket?.takenBytes ?? 0
        home.arm(stall, .stall)
    }

    func stopStallClock() {
        guard mayStall else { return }
        mayStall = false
        stall.cancel()
    }

    /// The WebSocket takes more again.
    func socketIsWritable() {
        stopStallClock()
        client?.writabilityChanged(self)
    }

    /// The client has had its time; a WebSocket that has taken something meanwhile gets it again.
    func stallExpired() {
        mayStall = false
        if let socket, socket.takenBytes > takenBytes { return watchForStall() }
        end(.transportError, .none)
    }
}
