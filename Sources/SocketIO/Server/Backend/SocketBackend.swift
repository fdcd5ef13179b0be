/// What a namespace's backend does for one socket.
///
/// Belongs to the event loop of the socket's connection and moves with it; all calls come there and must
/// not block. The socket keeps it until `closed`.
///
/// ```
///  attached ──► writabilityChanged* ──► detached ──► attached ──► … ──► closed
/// ```
package protocol SocketBackend: AnyObject {
    /// The outlet can be written to: right behind the CONNECT answer, and again after an upgrade,
    /// perhaps with another loop and transport.
    func attached(_ outlet: SocketOutlet)

    /// The outlet is gone: nothing may be written until the next `attached`.
    func detached()

    /// The client has fallen behind, or caught up: see ``SocketOutlet/isWritable``.
    func writabilityChanged()

    /// The socket has left its namespace. The last call, exactly once; the outlet is gone.
    func closed(_ reason: DisconnectReason)
}
