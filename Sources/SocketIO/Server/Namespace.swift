import JSON
import Synchronization

/// A namespace that clients join, with its own sockets, rooms, middleware and handlers.
///
/// ```swift
/// let admin = io.of("/admin")
/// admin.use { socket in
///     guard try socket.auth(as: Login.self).isAdmin else { throw ConnectionRefused("not allowed") }
/// }
/// admin.onConnection { socket in socket.on("restart") { … } }
/// ```
public final class Namespace: Sendable {
    /// The name: `/`, or a name that begins with a slash.
    public let name: String
    /// The server that the namespace belongs to.
    public let server: SocketIOServer
    let handlers: NamespaceHandlers

    init(_ name: String, of server: SocketIOServer, handlers: NamespaceHandlers) {
        self.name = name
        self.server = server
        self.handlers = handlers
    }
}

extension Namespace: ConnectionTarget, BroadcastTarget {
    /// The middleware and connection handlers of the namespace.
    public var connections: NamespaceHandlers { handlers }

    /// All sockets of the namespace.
    public var everyone: BroadcastOperator { BroadcastOperator(server, RecipientFilter(namespace: name)) }
}

/// All namespaces whose names match a pattern. Such a namespace exists as long as a client is in it.
///
/// Handlers distinguish the namespaces by ``Socket/namespace``. To emit to one of them, use its name with
/// ``SocketIOServer/of(_:)``.
public final class DynamicNamespaces: ConnectionTarget {
    /// The middleware and connection handlers of all these namespaces.
    public let connections = NamespaceHandlers()
    fileprivate let matches: @Sendable (String) -> Bool

    init(matches: @escaping @Sendable (String) -> Bool) { self.matches = matches }
}

/// A namespace or several that clients connect to: a server's `/`, another namespace, or all namespaces of a pattern.
///
/// Register middleware and handlers before clients connect: a client gets those that are registered by then.
public protocol ConnectionTarget: Sendable {
    /// The middleware and connection handlers.
    var connections: NamespaceHandlers { get }
}

extension ConnectionTarget {
    /// Adds middleware, which decides about each client that wants to connect, in the order of registration.
    ///
    /// Middleware that throws ``ConnectionRefused`` refuses the client with that message and data. Any other error
    /// is logged, and the client is refused with the message `internal`. Rooms that the middleware joins and handlers
    /// that it registers are kept. Events that it emits to the socket are dropped.
    ///
    /// - Parameter middleware: runs in a task of the socket, not on an event loop.
    public func use(_ middleware: @escaping @Sendable (Socket) async throws -> Void) {
        connections.add(middleware: middleware)
    }

    /// Adds a handler that is called for each client that has connected: the place to join rooms and to register event
    /// handlers.
    ///
    /// None of the client's events is handled before the handler returns. An error that it throws is logged.
    ///
    /// - Parameter handler: runs in a task of the socket, not on an event loop.
    public func onConnection(_ handler: @escaping @Sendable (Socket) async throws -> Void) {
        connections.add(onConnection: handler)
    }
}

/// Thrown by middleware to refuse a client's connection to a namespace.
///
/// The client gets a `connect_error` with the message and the data. Its connection and its sockets in other namespaces
/// stay.
public struct ConnectionRefused: Error {
    /// The message for the client, as `err.message`.
    public let message: String
    /// The data for the client, as `err.data`; nil for none.
    public let data: (any Encodable & Sendable)?

    /// Creates an error that refuses a client.
    ///
    /// - Parameters:
    ///   - message: the message for the client.
    ///   - data: the data for the client; data that cannot be encoded as JSON is left out.
    public init(_ message: String, data: (any Encodable & Sendable)? = nil) {
        self.message = message
        self.data = data
    }
}

/// The middleware and connection handlers of a namespace, or of all namespaces of a pattern.
///
/// Register them with ``ConnectionTarget/use(_:)`` and ``ConnectionTarget/onConnection(_:)``.
public final class NamespaceHandlers: Sendable {
    typealias Handler = @Sendable (Socket) async throws -> Void

    private struct Handlers {
        var middleware: [Handler] = []
        var onConnection: [Handler] = []
    }

    private let handlers = Mutex(Handlers())

    var middleware: [Handler] { handlers.withLock { $0.middleware } }
    var onConnection: [Handler] { handlers.withLock { $0.onConnection } }
    var hasMiddleware: Bool { handlers.withLock { !$0.middleware.isEmpty } }
    var hasConnectionHandlers: Bool { handlers.withLock { !$0.onConnection.isEmpty } }

    func add(middleware: @escaping Handler) { handlers.withLock { $0.middleware.append(middleware) } }

    func add(onConnection: @escaping Handler) { handlers.withLock { $0.onConnection.append(onConnection) } }
}

/// The handlers of all namespaces, by name and by pattern.
///
/// Nothing is kept for the single namespaces of a pattern, so clients that invent names cost no memory.
final class NamespaceTable: Sendable {
    private struct State {
        var named: [ExactText: NamespaceHandlers] = [:]
        var patterns: [DynamicNamespaces] = []
    }

    /// For a backend's namespaces that have no handlers.
    let none = NamespaceHandlers()
    private let state = Mutex(State())

    /// The handlers of a name; created if neither the name nor a pattern has handlers.
    func named(_ name: String) -> NamespaceHandlers {
        if let handlers = find(name) { return handlers }
        return state.withLock { state in
            let handlers = state.named[name] ?? NamespaceHandlers()
            state.named[name] = handlers
            return handlers
        }
    }

    func add(_ pattern: DynamicNamespaces) { state.withLock { $0.patterns.append(pattern) } }

    /// The handlers for clients that connect to this name; nil if there is no such namespace.
    func find(_ name: String) -> NamespaceHandlers? {
        let (handlers, patterns) = state.withLock { ($0.named[name], $0.patterns) }
        // Not inside the lock: patterns are the application's code.
        return handlers ?? patterns.first { $0.matches(name) }?.connections
    }

    /// Releases all handlers. They usually hold the server, which holds this table.
    func removeAll() {
        // Released outside the lock: a `deinit` in a handler may use the table.
        _ = state.withLock { state in
            defer { state = State() }
            return state
        }
    }
}
