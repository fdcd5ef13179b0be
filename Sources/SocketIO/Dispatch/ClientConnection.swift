import JSON
import Logging
import NIOCore

/// The Socket.IO layer of one client's connection: passes the client's packets to the client's sockets.
///
/// Enforces the protocol: which packets a client may send in which state, and which ones close the connection. A client
/// has one ``SocketMember`` for each namespace that it has joined or wants to join.
///
/// `@unchecked Sendable`: everything that changes is used on the loop of `adapter` only, and moves with the connection.
final class ClientConnection: @unchecked Sendable {
    let engine: any EngineConnectionProtocol
    private let server: SocketIOServer
    private let request: HandshakeRequest
    private let assignment: LoopAssignment
    private var adapter: LoopAdapter
    /// The client's sockets, including those whose CONNECT is not answered yet. They are few, so a search is linear.
    private(set) var members: [SocketMember] = []
    /// The CONNECTs that backends have not decided about yet.
    private var pendingConnects: [PendingConnect] = []
    /// The namespaces that the server has ended last: a packet that the client sent before it knew is no violation.
    private(set) var disconnectedByServer: [String] = []
    private var assembler: PacketAssembler
    private var attachmentDeadline = AttachmentDeadline()
    /// The number of sockets that have too many waiting events.
    private var pauses = 0
    private(set) var isOpen = true
    /// Whether the transport is changing: backends have no outlet then.
    private var isSwitching = false

    /// A CONNECT that a backend is deciding about.
    private struct PendingConnect {
        let request: ConnectRequest
        /// The namespace with its handlers.
        let namespace: Namespace
    }

    init(_ engine: any EngineConnectionProtocol, _ request: HandshakeRequest, server: SocketIOServer) {
        self.server = server
        self.engine = engine
        self.request = request
        adapter = server.dispatcher.adapter(of: engine.loop)
        assignment = LoopAssignment(adapter, transport: engine.transport)
        var limits = PacketLimits()
        limits.maximumAttachments = server.options.maximumAttachments
        limits.maximumBytes = max(server.options.maximumPacketBytes, server.options.maximumPayload)
        assembler = PacketAssembler(limits: limits)
    }

    private func member(in namespace: String) -> SocketMember? {
        members.first { $0.socket.namespace.name.hasSameBytes(as: namespace) }
    }

    private func write(_ packet: OutgoingPacket) {
        engine.write(packet.encoded(for: engine.transport))
    }

    /// Does something for this connection on its loop, at its position of the order.
    ///
    /// The connection may have moved to another loop by then.
    private func enqueue(_ work: @escaping @Sendable (ClientConnection) -> Void) {
        server.dispatcher.enqueue(.perform { _ in work(self) }, for: assignment)
    }
}

// MARK: - Packets

extension ClientConnection: EngineClient {
    func opened(_ connection: EngineConnection) { adapter.expectConnect(of: self) }

    func received(text: ByteBuffer) {
        do throws(PacketError) {
            if let packet = try assembler.receive(text: text) { handle(packet) } else { expectAttachments() }
        } catch {
            close(error)
        }
    }

    func received(binary: ByteBuffer) {
        do throws(PacketError) {
            guard let packet = try assembler.receive(binary: binary) else { return }
            attachmentDeadline.disarm()
            handle(packet)
        } catch {
            close(error)
        }
    }

    private func close(_ error: PacketError) {
        server.logger.debug("closed a connection because of an invalid packet", metadata: ["error": "\(error)"])
        engine.close(.parseError)
    }

    private func handle(_ packet: SocketPacket) {
        switch packet {
        case .connect(let namespace, let auth):
            connect(namespace, auth)
        case .disconnect(let namespace):
            left(namespace)
        case .event(let namespace, let name, let id, let arguments, let attachments):
            guard let member = recipient(namespace) else { return }
            let arguments = Arguments(arguments, attachments: attachments, skippingName: true)
            deliver(SocketEvent(name: name, arguments: arguments, id: id), to: member)
        case .ack(let namespace, let id, let arguments, let attachments):
            guard let member = recipient(namespace) else { return }
            member.socket.acknowledged(id, Arguments(arguments, attachments: attachments, skippingName: false))
        case .connectError:
            engine.close(.forcedServerClose)
        }
    }

    /// The socket that a packet is for. A packet for a namespace that the client has not joined closes the connection.
    private func recipient(_ namespace: String) -> SocketMember? {
        if let member = member(in: namespace), member.phase != .admitting { return member }
        if !disconnectedByServer.contains(namespace) { engine.close(.forcedServerClose) }
        return nil
    }

    private func left(_ namespace: String) {
        if let index = pendingConnects.firstIndex(where: { $0.request.namespace == namespace }) {
            pendingConnects.remove(at: index).request.cancel()
        } else if let member = member(in: namespace) {
            end(member, .clientNamespaceDisconnect)
        } else if !disconnectedByServer.contains(namespace) {
            engine.close(.forcedServerClose)
        }
    }

    // MARK: Back pressure

    private func deliver(_ event: SocketEvent, to member: SocketMember) {
        guard member.socket.received(event) else { return }
        pauses += 1
        engine.isPaused = true
    }

    /// Reads the client again, unless another of its sockets has too many waiting events.
    ///
    /// Called for a socket that has handled half of its events, or has ended.
    func resume() {
        pauses -= 1
        guard pauses == 0 else { return }
        attachmentDeadline.extend(until: attachmentsDue)
        engine.isPaused = false
    }

    // MARK: Attachments

    /// The text of a packet has come; its attachments follow.
    private func expectAttachments() {
        if let packet = assembler.incompletePacket, !takesAttachments(of: packet) {
            if let packet = assembler.refuseAttachments() { handle(packet) }
            return
        }
        let due = attachmentsDue
        if attachmentDeadline.arm(until: due) { setAttachmentTimer(due) }
    }

    /// Whether a handler may take the attachments of a packet; if none can, they are not kept.
    private func takesAttachments(of packet: SocketPacket) -> Bool {
        guard let member = member(in: packet.namespace) else { return false }
        switch packet {
        case .event(_, let name, _, _, _): return member.socket.takesAttachments(of: name)
        case .ack(_, let id, _, _): return member.socket.takesAttachments(ofAck: id)
        case .connect, .disconnect, .connectError: return false
        }
    }

    private var attachmentsDue: NIODeadline { NIODeadline.now() + TimeAmount(server.options.attachmentTimeout) }

    private func setAttachmentTimer(_ due: NIODeadline) {
        engine.loop.scheduleTask(deadline: due) { [weak self] in self?.enqueue { $0.attachmentTimerFired() } }
    }

    private func attachmentTimerFired() {
        guard isOpen else { return }
        // A client that is not read gets its full time again.
        if engine.isPaused { attachmentDeadline.extend(until: attachmentsDue) }
        switch attachmentDeadline.timerFired(at: .now()) {
        case .nothing: break
        case .setTimer(let due): setAttachmentTimer(due)
        case .expire:
            let limit = server.options.attachmentTimeout
            close(PacketError("the attachments of a packet did not come within \(limit)"))
        }
    }
}

// MARK: - Joining

extension ClientConnection {
    private func connect(_ name: String, _ auth: [UInt8]?) {
        disconnectedByServer.removeAll { $0.hasSameBytes(as: name) }
        guard member(in: name) == nil, !pendingConnects.contains(where: { $0.request.namespace.hasSameBytes(as: name) })
        else {
            return engine.close(.forcedServerClose)
        }
        guard members.count + pendingConnects.count < server.options.maximumNamespaces else {
            return write(.connectError("Too many namespaces", namespace: name))
        }
        let backend = server.backend(for: name)
        guard let handlers = server.namespaces.find(name) ?? backend.map({ _ in server.namespaces.none }) else {
            return write(.connectError("Invalid namespace", namespace: name))
        }
        let namespace = Namespace(name, of: server, handlers: handlers)
        let request = ConnectRequest(namespace: name, auth: auth, handshake: request, id: SessionID.make())
        if let backend { ask(backend, request, namespace) } else { admit(request, namespace) }
    }

    private func ask(_ backend: any NamespaceBackend, _ request: ConnectRequest, _ namespace: Namespace) {
        pendingConnects.append(PendingConnect(request: request, namespace: namespace))
        backend.admit(request, on: engine.loop).whenComplete { result in
            self.enqueue { $0.decided(request, result) }
        }
    }

    private func decided(_ request: ConnectRequest, _ result: Result<Admission, any Error>) {
        // A CONNECT that the client has withdrawn is no longer in the list.
        guard let index = pendingConnects.firstIndex(where: { $0.request.id == request.id }) else { return }
        let namespace = pendingConnects.remove(at: index).namespace
        switch result {
        case .success(let admission): admit(request, namespace, admission)
        case .failure(let error): write(server.refusal(error, namespace: request.namespace))
        }
    }

    /// Creates the socket. Its CONNECT is answered when the middleware has admitted the client.
    private func admit(_ request: ConnectRequest, _ namespace: Namespace, _ admission: Admission? = nil) {
        let socket = Socket(request, in: namespace, assignment: assignment, admission: admission)
        let member = SocketMember(socket, of: self, admission: admission)
        socket.member = member
        members.append(member)
        if !namespace.handlers.hasMiddleware { member.phase = .answering }
        socket.begin()
    }

    /// Answers the CONNECT. The socket is in the tables of its loop, so it gets everything that is enqueued later.
    func connected(_ member: SocketMember) {
        adapter.stopExpectingConnect(of: self)
        engine.clientHasJoined()
        // Without a guard: the client is meant to remember the string at the end as a position.
        if let packet = member.admission?.packetBeforeConnect { write(packet) }
        member.write(.connect(sid: member.socket.id, pid: member.socket.pid, namespace: member.socket.namespace.name))
        guard let admission = member.admission else { return }
        member.backend = admission.makeBackend(member.socket)
        if !isSwitching { attach(member) }
    }

    /// Refuses the CONNECT: the middleware has thrown an error.
    func refused(_ socket: Socket, _ answer: OutgoingPacket) {
        guard let member = socket.member else { return }
        write(answer)
        end(member, .forcedServerClose)
    }

    /// Closes the connection if the client has not joined a namespace in time.
    func connectIsOverdue() {
        if isOpen, members.isEmpty, pendingConnects.isEmpty { engine.close(.forcedServerClose) }
    }
}

// MARK: - Changes of the transport and the loop

extension ClientConnection {
    func willSwitch() {
        isSwitching = true
        for member in members { detach(member) }
    }

    func didSwitch() {
        isSwitching = false
        assignment.transport = engine.transport
        for member in members where member.phase == .connected { attach(member) }
    }

    func move(to loop: any EventLoop, depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void) {
        let destination = server.dispatcher.adapter(of: loop)
        let transfer = LoopTransfer(self, to: destination, depart: depart, arrive: arrive)
        server.dispatcher.enqueue(transfer, for: assignment)
    }

    /// The connection belongs to another loop from now on.
    func moved(to adapter: LoopAdapter) { self.adapter = adapter }

    func writabilityChanged() {
        for member in members { member.backend?.writabilityChanged() }
    }

    private func attach(_ member: SocketMember) {
        guard isOpen, member.outlet == nil, let backend = member.backend else { return }
        let outlet = SocketOutlet(engine)
        member.outlet = outlet
        backend.attached(outlet)
    }

    private func detach(_ member: SocketMember) {
        guard let outlet = member.outlet else { return }
        outlet.invalidate()
        member.outlet = nil
        member.backend?.detached()
    }
}

// MARK: - Ends

extension ClientConnection {
    /// Disconnects a socket for the server; with `close` all sockets of the connection, and the connection.
    func disconnect(_ socket: Socket, close: Bool) {
        guard let member = socket.member else { return }
        for ended in close ? members : [member] {
            let namespace = ended.socket.namespace.name
            if ended.phase == .connected {
                write(.disconnect(namespace: namespace))
                remember(disconnectedByServer: namespace)
            } else {
                write(.connectError("Disconnected", namespace: namespace))
            }
            end(ended, .serverNamespaceDisconnect)
        }
        if close { engine.close(.forcedServerClose) }
    }

    private func remember(disconnectedByServer namespace: String) {
        if disconnectedByServer.count >= server.options.maximumNamespaces { disconnectedByServer.removeFirst() }
        disconnectedByServer.append(namespace)
    }

    /// Removes a socket from all tables, and reports the end to its backend and its handlers.
    private func end(_ member: SocketMember, _ reason: DisconnectReason) {
        let wasConnected = member.phase == .connected
        member.phase = .gone
        if wasConnected { adapter.remove(member) }
        members.removeAll { $0 === member }
        member.socket.member = nil
        member.outlet?.invalidate()
        member.outlet = nil
        member.backend?.closed(reason)
        member.backend = nil
        if member.socket.ended(reason) { resume() }
    }

    func closed(_ reason: DisconnectReason) {
        guard isOpen else { return }
        isOpen = false
        adapter.stopExpectingConnect(of: self)
        for connect in pendingConnects { connect.request.cancel() }
        pendingConnects = []
        for member in members { end(member, reason) }
        if reason == .serverShuttingDown { server.isShuttingDown() }
    }
}

/// The engine connection as ``ClientConnection`` uses it. Tests replace it with a recording one.
///
/// Belongs to its event loop: see ``EngineConnection``.
protocol EngineConnectionProtocol: AnyObject {
    var loop: any EventLoop { get }
    var transport: Transport { get }
    var isWritable: Bool { get }
    var isPaused: Bool { get set }
    func write(_ encoded: ByteBuffer)
    func close(_ reason: DisconnectReason)
    func clientHasJoined()
}

extension EngineConnection: EngineConnectionProtocol {}
