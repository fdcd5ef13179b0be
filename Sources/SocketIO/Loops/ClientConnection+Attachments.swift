import NIOCore

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
