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
