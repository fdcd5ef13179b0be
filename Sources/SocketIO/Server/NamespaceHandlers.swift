import Synchronization

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
