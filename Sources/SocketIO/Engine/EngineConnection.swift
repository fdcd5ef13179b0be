package import NIOCore
import Synchronization

/// One client's session: performs the steps that ``EngineSession`` decides, on one event loop.
///
/// The connection may outlive its first transport: a session that begins with polling can change to a WebSocket, and
/// then moves to the event loop of that WebSocket.
/// ```
///  PollingRequest ─────┐                                     ┌─► EngineClient (Socket.IO)
///                      ├─► EngineConnection ─ EngineSession ─┤
///  WebSocketTransport ─┘                                     └─► write ─ flush at the end of the tick
/// ```
/// The bytes that wait for a client are limited: see ``SocketIOOptions/maximumBufferedBytes`` and
/// ``SocketIOOptions/stallTime``.
///
/// `@unchecked Sendable`: `publishedLoop` has a lock. All other variables are used on the loop that it names; a move
/// hands them over by changing `publishedLoop` last.
package final class EngineConnection: @unchecked Sendable {
    /// The session's secret id. Anyone who knows it can take the session over.
    package let id: String
    /// The request that began the session.
    package let request: HandshakeRequest
    private let server: EngineServer
    /// The value of `engineLoop` for other loops.
    private let publishedLoop: Mutex<EngineLoop>
    private var engineLoop: EngineLoop
    private(set) var session: EngineSession
    /// Nil before the session has begun, and after it has ended.
    private var client: (any EngineClient)?
    private var polling: PollingTransport
    /// The WebSocket that is the session's transport.
    private var socket: WebSocketTransport?
    private var upgrade = TransportUpgrade()
    private var unread = UnreadPackets()
    private var heartbeat = Heartbeat()
    private var stall = StallDetector()
    /// Whether the loop will flush the connection at the end of the tick.
    private var isDirty = false
    /// Whether more bytes were written than may wait.
    private var isOverfull = false
    /// Called after the client's `closed`.
    private var onEnd: [() -> Void] = []

    init(_ request: HandshakeRequest, _ transport: Transport, loop: EngineLoop, server: EngineServer) {
        id = SessionID.make()
        self.request = request
        engineLoop = loop
        self.server = server
        polling = PollingTransport(packetsPerPoll: PollingResponses.maximumPackets(request))
        session = EngineSession(transport)
        publishedLoop = Mutex(loop)
    }

    /// The event loop that the connection belongs to. May be read from any thread.
    package var loop: any EventLoop { publishedLoop.withLock { $0.eventLoop } }

    /// The transport that packets are encoded for; changes with `didSwitch`.
    package var transport: Transport { session.transport }

    /// Whether packets can still be written.
    package var isOpen: Bool { session.isOpen }

    /// Whether the connection closes as soon as it has moved to its new loop.
    var closesAfterMove: Bool { upgrade.closeReason != nil }

    /// Whether the client keeps up. While false, only packets that cannot wait should be written.
    ///
    /// A WebSocket is writable while its channel is. Polling is writable while a GET is open and fewer than 64 KiB wait
    /// for it, until an upgrade begins. Nothing is writable between `willSwitch` and `didSwitch`.
    package var isWritable: Bool {
        switch session.phase {
        case .webSocket: socket?.isWritable ?? false
        case .polling: polling.isWritable
        case .probed, .switching, .draining, .closed: false
        }
    }

    /// Runs `work` on the connection's loop: at once when called there. After a move it runs on the new loop.
    package func perform(_ work: @escaping @Sendable (EngineConnection) -> Void) {
        let loop = loop
        if loop.inEventLoop { work(self) } else { loop.execute { self.perform(work) } }
    }

    /// Records that the client has joined a namespace: the session no longer ends to make room for a new one.
    package func clientHasJoined() { server.registry.hasJoined(self) }

    // MARK: Writing

    /// Queues packets that were encoded for `transport`; they leave at the end of this tick, or with the next poll.
    ///
    /// The bytes may be shared with other connections. Ignored when the connection is not open. If more than
    /// `maximumBufferedBytes` wait already, the connection closes at the end of the tick with "transport error";
    /// no call to the client is made from inside `write`.
    package func write(_ encoded: ByteBuffer) {
        guard session.isOpen, !isOverfull, encoded.readableBytes > 0 else { return }
        if session.phase == .webSocket {
            isOverfull = (socket?.unwrittenBytes ?? 0) > server.options.maximumBufferedBytes
            if !isOverfull { socket?.write(encoded) }
        } else {
            isOverfull = polling.waitingBytes > server.options.maximumBufferedBytes
            if !isOverfull { polling.append(encoded) }
        }
        markDirty()
    }

    private func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        engineLoop.flushLater(self)
    }

    /// Sends what was written in this tick. Called by the loop.
    func flush() {
        isDirty = false
        guard session.isOpen else { return }
        guard !isOverfull else { return end(.transportError, .none) }
        if session.phase == .webSocket { socket?.flush() } else { answerPoll() }
        watchForStall()
    }

    /// Starts or stops the time that the client has to take bytes.
    private func watchForStall() {
        let bytesWait = session.phase == .webSocket ? !(socket?.isWritable ?? true) : polling.waitingBytes > 0
        guard bytesWait else { return stall.stop() }
        stall.start(for: self, on: engineLoop, takenBytes: socket?.takenBytes ?? 0)
    }

    /// Called when the session's WebSocket is writable again.
    func socketIsWritable() {
        stall.stop()
        client?.writabilityChanged()
    }

    /// The client has had its time. A WebSocket that has taken bytes in this time gets it again.
    private func stallExpired() {
        if let socket, stall.hasProgress(takenBytes: socket.takenBytes) { return watchForStall() }
        end(.transportError, .none)
    }
}

// MARK: - Heartbeat

extension EngineConnection: DeadlineOwner {
    func expired(_ deadline: Deadline) {
        switch deadline.kind {
        case .ping: perform(session.pingIsDue())
        case .pong: perform(session.pongIsDue())
        case .stall: stallExpired()
        case .drain: remove()
        // Only ``WebSocketTransport`` has such a deadline.
        case .upgrade: break
        }
    }

    private func perform(_ step: EngineSession.HeartbeatStep) {
        switch step {
        case .ping:
            heartbeat.arm(.pong, of: self, on: engineLoop)
            write(ControlPackets.ping(transport))
        case .timeout: end(.pingTimeout, .refusal(.unknownSession))
        }
    }
}

// MARK: - Begin and end

extension EngineConnection {
    /// Begins the session. Its first packet is the handshake.
    ///
    /// - Throws: an error when there are too many sessions.
    func begin(_ transport: WebSocketTransport?) throws(EngineError) {
        try server.registry.add(self)
        socket = transport
        var handshake = ByteBuffer()
        let options = server.options
        EnginePacket.handshake(
            sid: id, canUpgrade: session.transport == .polling && server.offersUpgrades,
            pingInterval: options.pingInterval, pingTimeout: options.pingTimeout, maximumPayload: options.maximumPayload
        ).append(to: &handshake, for: session.transport)
        write(handshake)
        heartbeat.arm(.ping, of: self, on: engineLoop)
        let client = server.accept(self)
        self.client = client
        client.opened(self)
    }

    /// Closes the session: sends what was written, then a close packet or frame. Calls the client's `closed`.
    ///
    /// Over polling the last packets wait `upgradeTimeout` for a GET if none is open. Does nothing when the connection
    /// is not open.
    ///
    /// For "server shutting down" a polling client gets an error instead, so that it connects again.
    package func close(_ reason: DisconnectReason) {
        end(reason, reason == .serverShuttingDown ? .refusal(.shuttingDown) : .closePacket)
    }

    /// Ends the session to make room for a new one.
    func evict() { end(.forcedClose, .refusal(.tooManySessions)) }

    /// Runs `work` after the client's `closed`; at once if the session has ended.
    func whenClosed(_ work: @escaping () -> Void) {
        if client == nil { work() } else { onEnd.append(work) }
    }

    func end(_ reason: DisconnectReason, _ message: PollingTransport.ClosingMessage) {
        guard session.isOpen else { return }
        guard !upgrade.isMoving else { return upgrade.closeAfterMove(reason) }
        heartbeat.cancel()
        stall.stop()
        unread.removeAll()
        endPolling(message)
        dropWebSockets()
        let client = client, onEnd = onEnd
        self.client = nil
        self.onEnd = []
        client?.closed(reason)
        for work in onEnd { work() }
    }

    private func endPolling(_ message: PollingTransport.ClosingMessage) {
        let responses = polling.end(message, isWebSocket: session.phase == .webSocket)
        session.end(bytesAreDue: responses.hasPacketsForNextGET)
        if session.phase == .draining, server.registry.keepForLastGet(self) {
            heartbeat.arm(.drain, of: self, on: engineLoop)
        } else {
            remove()
        }
        responses.send()
    }

    private func dropWebSockets() {
        let socket = socket, candidate = upgrade.takeCandidate()
        self.socket = nil
        socket?.drop()
        candidate?.drop()
    }

    /// Removes the session from the registry: later requests do not find it.
    private func remove() {
        heartbeat.cancel()
        session.drainingEnded()
        _ = polling.takeAllPackets()
        server.registry.remove(self)
    }
}

// MARK: - Reading

extension EngineConnection {
    /// Whether the client's packets wait: a WebSocket is not read, and a POST is not answered.
    ///
    /// Pongs wait too, but the client is not closed for them. May be set from inside `received`. Packets that the
    /// transport has already delivered are handled when this becomes false.
    package var isPaused: Bool {
        get { session.isPaused }
        set {
            guard session.isOpen, newValue != session.isPaused else { return }
            session.isPaused = newValue
            if newValue { socket?.isPaused = true } else { resume() }
        }
    }

    private func resume() {
        // The client has its full time again: its pong may come after many other packets.
        if session.awaitsPong { heartbeat.arm(.pong, of: self, on: engineLoop) }
        guard !unread.isReading else { return }
        read()
        if session.isOpen, !session.isPaused { socket?.isPaused = false }
    }

    /// Handles a packet that has come over the WebSocket.
    func received(_ packet: EnginePacket) {
        guard !session.isPaused, unread.isEmpty, unread.beginReading() else { return unread.append(packet) }
        handle(packet)
        unread.endReading()
        if !unread.isEmpty { read() }
    }

    /// Handles packets in their order until the client is paused, and answers the POST that they came with.
    private func read() {
        guard unread.beginReading() else { return }
        while session.isOpen, !session.isPaused, let packet = unread.next() { handle(packet) }
        unread.endReading()
        guard session.isOpen, unread.isEmpty else { return }
        if !session.isPaused { socket?.isPaused = false }
        guard let post = polling.completePOST else { return }
        postEnded()
        post.answerPost()
    }

    private func handle(_ packet: EnginePacket) {
        switch session.received(packet) {
        case .ignore: break
        case .text(let text): client?.received(text: text)
        case .binary(let bytes): client?.received(binary: bytes)
        case .alive: heartbeat.arm(.ping, of: self, on: engineLoop)
        case .leave: end(.transportClose, .noop)
        case .fail(let reason): end(reason, .none)
        }
    }
}

// MARK: - Polling requests

extension EngineConnection {
    /// A GET has come.
    func pollOpened(_ request: PollingRequest) {
        switch session.pollOpened() {
        case .wait, .release:
            polling.open(get: request)
            if isWritable { client?.writabilityChanged() }
            if session.phase == .probed { answerPoll() } else if polling.waitingBytes > 0 { markDirty() }
        case .drain:
            let packets = polling.takePackets()
            if polling.waitingBytes == 0 { remove() }
            request.answer(packets)
        case .refuse(let error): request.refuse(error)
        case .conflict(let error):
            end(.transportError, .none)
            request.refuse(error)
        }
    }

    /// Answers the open GET with the packets that wait; during an upgrade with `6` if none does.
    private func answerPoll() {
        let isReleased = session.phase == .probed || session.phase == .switching
        guard polling.waitingBytes > 0 || isReleased, let poll = polling.takeGET() else { return }
        let packets = polling.waitingBytes > 0 ? polling.takePackets() : ControlPackets.noop
        session.pollEnded()
        stall.stop()
        watchForStall()
        poll.answer(packets)
    }

    /// The client has closed the connection of an open GET.
    func pollLost(_ request: PollingRequest) {
        guard polling.isOpen(get: request) else { return }
        _ = polling.takeGET()
        session.pollEnded()
        end(.transportError, .none)
    }

    /// The client has closed the connection of a GET before it was answered with packets.
    func answerLost() { end(.transportError, .none) }

    /// The server shuts down, and with it the connection of an open GET.
    func pollQuiesced(_ request: PollingRequest) {
        if polling.isOpen(get: request) { close(.serverShuttingDown) }
    }

    /// A POST has come; its body follows.
    func postOpened(_ request: PollingRequest) {
        switch session.postOpened() {
        case .accept: polling.open(post: request)
        case .refuse(let error): request.refuse(error)
        case .conflict(let error):
            end(.transportError, .none)
            request.refuse(error)
        }
    }

    /// The whole body of a POST has come.
    func posted(_ body: ByteBuffer, _ request: PollingRequest) {
        let isOpen = polling.isOpen(post: request)
        guard isOpen, session.refusalOfPost() == nil else {
            if isOpen { postEnded() }
            return request.refuse(session.refusalOfPost() ?? .badRequest)
        }
        do throws(PacketError) {
            unread.append(contentsOf: try PollingPayload.decode(body))
        } catch {
            postEnded()
            request.refuse(.badRequest)
            return end(.parseError, .none)
        }
        request.isComplete = true
        read()
    }

    /// The client has closed the connection of a POST, or the POST was refused before its whole body had come.
    ///
    /// - Parameter isFatal: whether the session ends with the POST.
    func postLost(_ request: PollingRequest, isFatal: Bool) {
        guard polling.isOpen(post: request) else { return }
        // The packets of a complete POST have been read, although the client does not know this.
        postEnded()
        if isFatal { end(.transportError, .none) }
    }

    private func postEnded() {
        polling.removePOST()
        session.postEnded()
    }
}

// MARK: - Upgrade

/// See ``TransportUpgrade``.
extension EngineConnection {
    func candidateOpened(_ transport: WebSocketTransport) {
        guard server.offersUpgrades, session.candidateOpened() else { return transport.drop() }
        upgrade.begin(transport)
    }

    func candidateProbed(_ transport: WebSocketTransport) {
        guard upgrade.candidate === transport, session.candidateProbed() else { return }
        transport.answerProbe()
        answerPoll()
    }

    func candidateUpgraded(_ transport: WebSocketTransport) {
        guard upgrade.candidate === transport else { return }
        guard session.candidateUpgraded() else {
            transport.drop()
            return candidateLost(transport)
        }
        answerPoll()
        client?.willSwitch()
        guard session.isOpen else { return }
        guard transport.engineLoop !== engineLoop else { return attachCandidate() }
        client?.move(
            to: transport.engineLoop.eventLoop, depart: { self.depart(to: transport.engineLoop) },
            arrive: { self.arrive() })
    }

    /// The candidate is closed, has sent an invalid packet, or has taken too long.
    func candidateLost(_ transport: WebSocketTransport) {
        guard upgrade.candidate === transport else { return }
        if session.candidateLost() { return end(.transportClose, .none) }
        _ = upgrade.takeCandidate()
    }

    /// After this call nothing on the present loop uses the connection any more.
    private func depart(to loop: EngineLoop) {
        guard session.phase == .switching, !upgrade.isMoving else { return }
        if isDirty { engineLoop.cancelFlush(of: self) }
        isDirty = false
        stall.stop()
        heartbeat.leave(engineLoop, awaitsPong: session.awaitsPong)
        upgrade.depart()
        engineLoop = loop
        publishedLoop.withLock { $0 = loop }
    }

    private func arrive() {
        if upgrade.arrive() { attachCandidate() }
    }

    /// Makes the candidate the transport of the session.
    private func attachCandidate() {
        guard let transport = upgrade.takeCandidate() else { return }
        let ping = heartbeat.takeNextPing(on: engineLoop, awaitsPong: session.awaitsPong)
        session.switched()
        socket = transport
        transport.attach(to: self)
        heartbeat.arm(.ping, of: self, on: engineLoop, due: ping)
        let packets = polling.takeAllPackets()
        if packets.readableBytes > 0 {
            transport.write(PollingPayload.reframe(packets))
            markDirty()
        }
        client?.didSwitch()
        if let reason = upgrade.closeReason { return close(reason) }
        read()
    }
}
