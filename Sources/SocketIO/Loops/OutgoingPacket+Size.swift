import NIOCore

extension OutgoingPacket {
    /// What the packet counts where packets wait.
    var byteCount: Int { attachments.reduce(text.readableBytes) { $0 + $1.readableBytes } }
}
