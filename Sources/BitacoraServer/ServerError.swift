/// Why the server could not start: one sentence for people.
public struct ServerError: Error, CustomStringConvertible, Sendable {
    /// What failed, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
