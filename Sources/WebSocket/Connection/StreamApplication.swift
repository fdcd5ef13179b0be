/// What writes a raw response stream. Every call comes on the connection's event loop and must not block.
///
/// One object serves one connection, which keeps it until `closed`.
package protocol StreamConnectionDelegate: AnyObject {
    /// The response's head is written; what is written now follows it. The first call.
    func opened(_ connection: StreamConnection)

    /// The client has fallen behind, or caught up: see `isWritable`.
    func writabilityChanged(_ connection: StreamConnection)

    /// The server is shutting down: the last chance to write; the stream is closed behind this call.
    func quiescing(_ connection: StreamConnection)

    /// Nothing more can be written. The last call, exactly once, also when it was the application that
    /// closed; it may come from inside `close`.
    func closed(_ connection: StreamConnection)
}

extension StreamConnectionDelegate {
    package func quiescing(_ connection: StreamConnection) {}
}
