import Synchronization

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

/// What clients can connect to: a server's `/`, another namespace, or all namespaces of a pattern.
///
/// To be set up before clients come; a client that connects meets what is registered by then.
public protocol ConnectionTarget: Sendable {
    /// What is registered.
    var connections: NamespaceHandlers { get }
}

extension ConnectionTarget {
    /// Decides about every client that wants to connect, in the order of registration.
    ///
    /// A middleware that throws ``ConnectionRefused`` refuses with that message and data; any other error
    /// is logged and refused as "internal". Rooms joined and handlers registered on the socket are kept;
    /// what is emitted to it before it is let in is dropped.
    public func use(_ middleware: @escaping @Sendable (Socket) async throws -> Void) {
        connections.add(middleware: middleware)
    }

    /// Called for every client that has been let in: the place to join rooms and to register handlers.
    ///
    /// None of the client's events is handled before it returns. What it throws is logged.
    public func onConnection(_ handler: @escaping @Sendable (Socket) async throws -> Void) {
        connections.add(onConnection: handler)
    }
}

/// Thrown by middleware to refuse a client's CONNECT to a namespace.
///
/// The client gets both in its `connect_error`; the connection and its other namespaces stay.
public struct ConnectionRefused: Error {
    /// What the client is told, as `err.message`.
    public let message: String
    /// What the client gets as `err.data`.
    public let data: (any Encodable & Sendable)?

    /// Refuses.
    ///
    /// - Parameters:
    ///   - message: what the client is told.
    ///   - data: what it gets beside it; data that cannot be encoded is left out.
    public init(_ message: String, data: (any Encodable & Sendable)? = nil) {
        self.message = message
        self.data = data
    }
}

/// All namespaces whose names fit a pattern: they exist as long as somebody is in them.
///
/// The handlers tell them apart by `socket.namespace`; to emit to one of them, ask for it by its name with
/// ``SocketIOServer/of(_:)``.
public final class DynamicNamespaces: ConnectionTarget {
    public let connections = NamespaceHandlers()
    let matches: @Sendable (String) -> Bool

    init(matches: @escaping @Sendable (String) -> Bool) { self.matches = matches }
}

/// The middleware and connection handlers of a namespace, or of all namespaces of a pattern.
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

/// What is registered for namespaces, by name and by pattern.
///
/// A namespace is a name with handlers: of those that fit a pattern nothing has to be kept, and clients
/// that make names up cost nothing.
final class NamespaceTable: Sendable {
    private struct State {
        var named: [String: NamespaceHandlers] = [:]
        var patterns: [DynamicNamespaces] = []
    }

    /// For a namespace of a backend for which nothing is registered.
    let none = NamespaceHandlers()
    private let state = Mutex(State())

    /// The handlers of this name; made where neither it nor a pattern has any.
    func named(_ name: String) -> NamespaceHandlers {
        if let handlers = find(name) { return handlers }
        return state.withLock { state in
            let handlers = state.named[name] ?? NamespaceHandlers()
            state.named[name] = handlers
            return handlers
        }
    }

    func add(_ pattern: DynamicNamespaces) { state.withLock { $0.patterns.append(pattern) } }

    /// The handlers that a client meets under this name; nil where there is no such namespace.
    func find(_ name: String) -> NamespaceHandlers? {
        let (handlers, patterns) = state.withLock { ($0.named[name], $0.patterns) }
        // Not inside the lock: patterns are the application's.
        return handlers ?? patterns.first { $0.matches(name) }?.connections
    }

    /// Handlers usually hold the server, which holds this.
    func forget() {
        // Let go outside the lock: a `deinit` in one may ask for it.
        _ = state.withLock { state in
            defer { state = State() }
            return state
        }
    }
}
