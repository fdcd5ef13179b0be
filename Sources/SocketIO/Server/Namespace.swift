/// A place that clients join, with its own sockets, rooms, middleware and handlers.
///
/// ```swift
/// let admin = io.of("/admin")
/// admin.use { socket in
///     guard try socket.auth(as: Login.self).isAdmin else { throw ConnectionRefused("not allowed") }
/// }
/// admin.onConnection { socket in socket.on("restart") { … } }
/// ```
public final class Namespace: Sendable {
    /// `/` or a name that begins with a slash.
    public let name: String
    /// Where it belongs.
    public let server: SocketIOServer
    let handlers: NamespaceHandlers

    init(_ name: String, of server: SocketIOServer, handlers: NamespaceHandlers) {
        self.name = name
        self.server = server
        self.handlers = handlers
    }
}

extension Namespace: ConnectionTarget, BroadcastTarget {
    public var connections: NamespaceHandlers { handlers }

    public var everyone: BroadcastOperator { BroadcastOperator(server, Audience(namespace: name)) }
}
