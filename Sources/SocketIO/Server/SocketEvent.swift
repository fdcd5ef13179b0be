/// A client's event, as per-packet middleware and catch-all handlers see it.
public struct SocketEvent: Sendable {
    /// The event's name.
    public let name: String
    /// What came behind the name.
    public let arguments: Arguments
    /// The id which the client wants acknowledged.
    package let id: UInt64?

    /// About what it takes while it waits to be handled.
    var byteCount: Int { arguments.byteCount }

    /// Whether the client waits for an answer.
    public var wantsAnswer: Bool { id != nil }
}
