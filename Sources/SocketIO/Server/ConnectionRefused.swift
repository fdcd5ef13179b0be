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
