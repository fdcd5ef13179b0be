package import NIOCore

/// One socket's way to its client, for a backend that renders its own packets.
///
/// Belongs to `loop`: only to be used there, between `attached` and `detached`. Afterwards it is dead:
/// not writable, and what is written is dropped.
package final class SocketOutlet {
    package let loop: any EventLoop
    /// What packets must be rendered for.
    package let transport: Transport
    private var connection: (any ClientLink)?

    init(_ connection: any ClientLink) {
        loop = connection.loop
        transport = connection.transport
        self.connection = connection
    }

    /// Whether the client takes more; while it does not, nothing should be written.
    package var isWritable: Bool { connection?.isWritable ?? false }

    /// Writes packets of the socket's namespace rendered for `transport`; flushed with the rest of this
    /// tick. The bytes may be shared with other sockets.
    package func write(_ rendered: ByteBuffer) { connection?.write(rendered) }

    /// Closes the connection with all its sockets.
    package func close(_ reason: DisconnectReason) { connection?.close(reason) }

    func die() { connection = nil }
}
