/// Where the events of an append are in the log, now durable.
public struct Receipt: Hashable, Sendable {
    /// The offset of each event, in the order given; for an id that the log
    /// had already, the offset it has had since.
    public let offsets: [Offset]
    /// How many of them were there already.
    public let duplicates: Int
    /// The last event of the log as of this append, itself included.
    public let head: Offset

    /// The last of `offsets`, or the head where nothing was appended.
    public var offset: Offset { offsets.last ?? head }
}
