package import NIOCore

/// What stands behind namespaces whose sockets read from elsewhere, a durable log for instance.
///
/// Installed with ``SocketIOServer/install(backend:)``. It is asked for every CONNECT to a namespace it
/// accepts, beside the middleware and handlers which `of(_:)` registered for that namespace: first the
/// backend admits, then the middleware runs, then CONNECT is answered and the backend gets its outlet.
/// All calls come on the connection's event loop and must not block.
package protocol NamespaceBackend: Sendable {
    /// Whether the namespace is one of this backend's.
    func accepts(_ namespace: String) -> Bool

    /// Decides about a CONNECT.
    ///
    /// - Returns: a future on `loop`. It fails with ``ConnectionRefused`` to refuse with that message and
    ///   data; any other error is logged and refused as "internal". No packet of the socket is sent and
    ///   none is received before it is fulfilled; a connection that goes away meanwhile just drops it.
    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission>
}
