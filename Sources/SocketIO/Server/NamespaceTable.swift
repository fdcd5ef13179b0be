import Synchronization

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
