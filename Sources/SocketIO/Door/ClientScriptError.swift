/// A client's bundle could not be used.
public struct ClientScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named.
    public let path: String
    /// A sentence: what is wrong with it.
    public let detail: String

    public var description: String { "the client script \(path) \(detail)" }
}
