import NIOCore

/// Packets whose attachments are still to come.
extension ClientConnection {
    /// Whether anything may take the attachments of a packet: only then are they kept until all have come.
    func takesAttachments(of packet: SocketPacket) -> Bool {
        guard let member = member(in: packet.namespace) else { return false }
        switch packet {
        case .event(_, let name, _, _, _): return member.socket.takesAttachments(of: name)
        case .ack(_, let id, _, _): return member.socket.takesAttachments(ofAck: id)
        case .connect, .disconnect, .connectError: return false
        }
    }

    /// A packet has come whose attachments have to follow in time.
    func awaitAttachments() {
        let due = attachmentsDue
        if attachmentDeadline.arm(until: due) { setAttachmentTimer(due) }
    }

    /// The client is read again: what it had to send could not come meanwhile.
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
