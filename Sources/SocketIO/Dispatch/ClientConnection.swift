import Logging
import NIOCore

/// One client on its event loop: gives its packets to the sockets which it has in namespaces.
///
/// It keeps the rules of the protocol: what a client may send in which state, and what closes the
/// connection. It goes from one shard to another with its connection.
final class ClientConnection: @unchecked Sendable {  // belongs to the loop of `shard`
    let server: SocketIOServer
    let link: any ClientLink
    let request: HandshakeRequest
    let seat: Seat
    var shard: Shard
    /// The sockets, those whose CONNECT is not answered yet included; few, so they are looked through.
    var members: [SocketMember] = []
    /// What backends are deciding about.
    var undecided: [UndecidedConnect] = []
    /// Namespaces that the server itself has ended: what crosses our packet on its way is no violation.
    var dismissed: [String] = []
    private var assembler: PacketAssembler
    var attachmentDeadline = AttachmentDeadline()
    /// How many of the sockets have more events than they may have.
    private var pauses = 0
    var isOpen = true
    /// Whether the transport is changing: backends have no outlet.
    var isSwitching = false

    init(_ link: any ClientLink, _ request: HandshakeRequest, server: SocketIOServer) {
        self.server = server
        self.link = link
        self.request = request
        shard = server.switchboard.shard(of: link.loop)
        seat = Seat(shard: shard.index, transport: link.transport)
        var limits = PacketLimits()
        limits.maximumAttachments = server.options.maximumAttachments
        limits.maximumBytes = max(server.options.maximumPacketBytes, server.options.maximumPayload)
        assembler = PacketAssembler(limits: limits)
    }

    func member(in namespace: String) -> SocketMember? {
        members.first { $0.socket.namespace.name == namespace }
    }

    // MARK: From the client

    func received(text: ByteBuffer) {
        do throws(PacketError) {
            if let packet = try assembler.receive(text: text) { handle(packet) } else { attachmentsFollow() }
        } catch {
            refuse(error)
        }
    }

    func received(binary: ByteBuffer) {
        do throws(PacketError) {
            guard let packet = try assembler.receive(binary: binary) else { return }
            attachmentDeadline.disarm()
            handle(packet)
        } catch {
            refuse(error)
        }
    }

    /// The text of a packet has come, and its attachments are to follow.
    private func attachmentsFollow() {
        guard let packet = assembler.incompletePacket, !takesAttachments(of: packet) else { return awaitAttachments() }
        if let packet = assembler.refuseAttachments() { handle(packet) }
    }

    func refuse(_ error: PacketError) {
        server.logger.debug("closed a connection for what it sent", metadata: ["error": "\(error)"])
        link.close(.parseError)
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
            link.close(.forcedServerClose)
        }
    }

    /// The socket that a packet is for. A packet for a namespace that the client is not in closes the connection.
    private func recipient(_ namespace: String) -> SocketMember? {
        if let member = member(in: namespace), member.phase != .admitting { return member }
        if !dismissed.contains(namespace) { link.close(.forcedServerClose) }
        return nil
    }

    private func left(_ namespace: String) {
        if let index = undecided.firstIndex(where: { $0.namespace == namespace }) {
            undecided.remove(at: index).request.abandon()
        } else if let member = member(in: namespace) {
            end(member, .clientNamespaceDisconnect)
        } else if !dismissed.contains(namespace) {
            link.close(.forcedServerClose)
        }
    }

    // MARK: Events

    private func deliver(_ event: SocketEvent, to member: SocketMember) {
        guard member.socket.received(event) else { return }
        pauses += 1
        link.isPaused = true
    }

    /// A socket has dealt with half of its events.
    func resume() {
        pauses -= 1
        guard pauses == 0 else { return }
        extendAttachmentDeadline()
        link.isPaused = false
    }

    func write(_ packet: OutgoingPacket) {
        link.write(packet.rendered(for: link.transport))
    }
}

/// Packets whose attachments are still to come.
extension ClientConnection {
    /// Whether a handler may take the attachments of a packet; if none can, they are not kept.
    func takesAttachments(of packet: SocketPacket) -> Bool {
        guard let member = member(in: packet.namespace) else { return false }
        switch packet {
        case .event(_, let name, _, _, _): return member.socket.takesAttachments(of: name)
        case .ack(_, let id, _, _): return member.socket.takesAttachments(ofAck: id)
        case .connect, .disconnect, .connectError: return false
        }
    }

    /// Begins the time in which the attachments of a packet must come.
    func awaitAttachments() {
        let due = attachmentsDue
        if attachmentDeadline.arm(until: due) { setAttachmentTimer(due) }
    }

    /// Begins that time again, because the client was not read for a while.
    func extendAttachmentDeadline() { attachmentDeadline.extend(until: attachmentsDue) }

    private var attachmentsDue: NIODeadline { NIODeadline.now() + TimeAmount(server.options.attachmentTimeout) }

    private func setAttachmentTimer(_ due: NIODeadline) {
        let (seat, switchboard) = (seat, server.switchboard)
        link.loop.scheduleTask(deadline: due) { [weak self] in
            guard let self else { return }
            // The connection may be on another loop by then.
            switchboard.post(.perform { _ in self.attachmentTimerFired() }, to: seat)
        }
    }

    private func attachmentTimerFired() {
        guard isOpen else { return }
        if link.isPaused { extendAttachmentDeadline() }
        switch attachmentDeadline.timerFired(at: .now()) {
        case .nothing: break
        case .setTimer(let due): setAttachmentTimer(due)
        case .expire:
            let limit = server.options.attachmentTimeout
            refuse(PacketError("the attachments of a packet did not come within \(limit)"))
        }
    }
}

/// CONNECT, and what lets a client in or not.
extension ClientConnection {
    func connect(_ name: String, _ auth: [UInt8]?) {
        dismissed.removeAll { $0 == name }
        guard member(in: name) == nil, !undecided.contains(where: { $0.namespace == name }) else {
            return link.close(.forcedServerClose)
        }
        guard members.count + undecided.count < server.options.maximumNamespaces else {
            return write(.connectError("Too many namespaces", namespace: name))
        }
        let backend = server.backend(for: name)
        guard let handlers = server.namespaces.find(name) ?? backend.map({ _ in server.namespaces.none }) else {
            return write(.connectError("Invalid namespace", namespace: name))
        }
        let namespace = Namespace(name, of: server, handlers: handlers)
        let request = ConnectRequest(namespace: name, auth: auth, handshake: request, id: SessionID.make())
        if let backend { ask(backend, request, namespace) } else { begin(request, namespace) }
    }

    private func ask(_ backend: any NamespaceBackend, _ request: ConnectRequest, _ namespace: Namespace) {
        let undecided = UndecidedConnect(request, namespace)
        self.undecided.append(undecided)
        let (seat, switchboard) = (seat, server.switchboard)
        // The connection may be on another loop by then.
        backend.admit(request, on: link.loop).whenComplete { result in
            switchboard.post(.perform { _ in self.decided(undecided, result) }, to: seat)
        }
    }

    private func decided(_ connect: UndecidedConnect, _ result: Result<Admission, any Error>) {
        guard let index = undecided.firstIndex(where: { $0 === connect }) else { return }
        undecided.remove(at: index)
        switch result {
        case .success(let admission):
            begin(connect.request, connect.handlers, admission)
        case .failure(let error):
            write(server.refusal(error, namespace: connect.namespace))
        }
    }

    /// Makes the socket; its CONNECT is answered when the middleware has let it in.
    private func begin(_ request: ConnectRequest, _ namespace: Namespace, _ admission: Admission? = nil) {
        let socket = Socket(request, in: namespace, seat: seat, admission: admission)
        let member = SocketMember(socket, of: self, admission: admission)
        socket.member = member
        members.append(member)
        if !namespace.handlers.hasMiddleware { member.phase = .answering }
        socket.begin()
    }

    /// The socket is in the shard's tables: from here on it gets what is posted.
    func connected(_ member: SocketMember) {
        shard.deadlines.remove(self)
        link.clientHasJoined()
        // Unguarded: its trailing string is meant.
        if let preface = member.admission?.preface { write(preface) }
        member.write(.connect(sid: member.socket.id, pid: member.socket.pid, namespace: member.socket.namespace.name))
        guard let admission = member.admission else { return }
        member.backend = admission.makeBackend(member.socket)
        if !isSwitching { attach(member) }
    }

    /// The middleware does not let the socket in.
    func refused(_ socket: Socket, _ answer: OutgoingPacket) {
        guard let member = socket.member else { return }
        write(answer)
        end(member, .forcedServerClose)
    }

    /// The time for joining a namespace is over.
    func connectIsOverdue() {
        if isOpen, members.isEmpty, undecided.isEmpty { link.close(.forcedServerClose) }
    }
}

/// Changes of the transport, and of the loop.
extension ClientConnection {
    func willSwitch() {
        isSwitching = true
        for member in members { detach(member) }
    }

    func didSwitch() {
        isSwitching = false
        seat.transport = link.transport
        for member in members where member.phase == .connected { attach(member) }
    }

    func move(to loop: any EventLoop, depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void) {
        let destination = server.switchboard.shard(of: loop)
        server.switchboard.post(Move(self, to: destination, depart: depart, arrive: arrive), of: seat)
    }

    func becameWritable() {
        for member in members { member.backend?.writabilityChanged() }
    }

    func attach(_ member: SocketMember) {
        guard isOpen, member.outlet == nil, let backend = member.backend else { return }
        let outlet = SocketOutlet(link)
        member.outlet = outlet
        backend.attached(outlet)
    }

    private func detach(_ member: SocketMember) {
        guard let outlet = member.outlet else { return }
        outlet.die()
        member.outlet = nil
        member.backend?.detached()
    }
}

/// How sockets and the connection end.
extension ClientConnection {
    /// The server ends a socket, or with `close` all sockets of the connection and then that.
    func dismiss(_ socket: Socket, close: Bool) {
        guard let member = socket.member else { return }
        for ended in close ? members : [member] {
            let namespace = ended.socket.namespace.name
            if ended.phase == .connected {
                write(.disconnect(namespace: namespace))
                remember(dismissed: namespace)
            } else {
                write(.connectError("Disconnected", namespace: namespace))
            }
            end(ended, .serverNamespaceDisconnect)
        }
        if close { link.close(.forcedServerClose) }
    }

    private func remember(dismissed namespace: String) {
        if dismissed.count >= server.options.maximumNamespaces { dismissed.removeFirst() }
        dismissed.append(namespace)
    }

    /// Takes a socket out of everything and tells whoever wants to know.
    func end(_ member: SocketMember, _ reason: DisconnectReason) {
        let wasConnected = member.phase == .connected
        member.phase = .gone
        if wasConnected { shard.remove(member) }
        members.removeAll { $0 === member }
        member.socket.member = nil
        member.outlet?.die()
        member.outlet = nil
        member.backend?.closed(reason)
        member.backend = nil
        if member.socket.ended(reason) { resume() }
    }

    func closed(_ reason: DisconnectReason) {
        guard isOpen else { return }
        isOpen = false
        shard.deadlines.remove(self)
        for connect in undecided { connect.request.abandon() }
        undecided = []
        for member in members { end(member, reason) }
        if reason == .serverShuttingDown { server.isShuttingDown() }
    }
}

/// What the engine below tells.
extension ClientConnection: EngineClient {
    func opened(_ connection: EngineConnection) { shard.expectConnect(of: self) }

    func received(text: ByteBuffer, on connection: EngineConnection) { received(text: text) }

    func received(binary: ByteBuffer, on connection: EngineConnection) { received(binary: binary) }

    func writabilityChanged(_ connection: EngineConnection) { becameWritable() }

    func willSwitch(_ connection: EngineConnection) { willSwitch() }

    func didSwitch(_ connection: EngineConnection) { didSwitch() }

    func move(
        _ connection: EngineConnection, to loop: any EventLoop,
        depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void
    ) {
        move(to: loop, depart: depart, arrive: arrive)
    }

    func closed(_ reason: DisconnectReason, on connection: EngineConnection) { closed(reason) }
}

/// What a client's packets are written to: an engine connection, or a recording one in tests.
///
/// Belongs to its event loop, as ``EngineConnection`` says for itself.
protocol ClientLink: AnyObject {
    var loop: any EventLoop { get }
    var transport: Transport { get }
    var isWritable: Bool { get }
    var isPaused: Bool { get set }
    func write(_ rendered: ByteBuffer)
    func close(_ reason: DisconnectReason)
    func clientHasJoined()
}

extension EngineConnection: ClientLink {}

/// A CONNECT that a backend is deciding about.
final class UndecidedConnect: Sendable {
    let request: ConnectRequest
    /// The namespace with its handlers.
    let handlers: Namespace

    init(_ request: ConnectRequest, _ handlers: Namespace) {
        self.request = request
        self.handlers = handlers
    }

    var namespace: String { request.namespace }
}
