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
