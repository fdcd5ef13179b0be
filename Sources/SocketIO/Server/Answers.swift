/// What the sockets of a broadcast have answered.
public struct Answers<Value: Sendable>: Sendable {
    /// The answers by the ids of the sockets that gave them.
    public let bySocket: [String: Value]
    /// The ids of the sockets that did not answer in time, were disconnected, or answered something that
    /// is not a `Value`.
    public let missing: [String]

    /// The answers, in no particular order.
    public var values: [Value] { Array(bySocket.values) }
}
