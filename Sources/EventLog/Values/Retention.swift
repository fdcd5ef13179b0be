/// What of the past is kept; what goes beyond any of the bounds may be trimmed.
public struct Retention: Hashable, Sendable {
    /// Events older than this go.
    public var age: Duration?
    /// Of more events than this the oldest go.
    public var events: UInt64?
    /// When the records take more bytes of the file than this, the oldest events go. Indexes and snapshots do not count.
    public var bytes: Int?

    public init(age: Duration? = nil, events: UInt64? = nil, bytes: Int? = nil) {
        self.age = age
        self.events = events
        self.bytes = bytes
    }

    /// Whether everything is kept.
    public var isUnbounded: Bool { self == Retention() }
}
