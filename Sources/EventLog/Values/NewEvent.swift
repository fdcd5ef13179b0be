/// An event that has no place in the log yet.
public struct NewEvent: Hashable, Sendable {
    /// Levels split by `/`: `products`, `auctions/42`. At most 255 bytes.
    public var topic: String
    /// What happened, in the past tense: `product.created`. At most 127 bytes.
    public var type: String
    /// Appending an id the log has returns its first offset and writes nothing. At most 255 bytes.
    public var id: String?
    /// Who or what it came from. At most 255 bytes.
    public var source: String?
    public var data: EventData
    /// When given, the append is refused unless the topic's last event has
    /// this offset (`Offset.start`: the topic has none).
    public var expectedOffset: Offset?
    /// When it happened, for events that come from elsewhere; nil is the moment of the append.
    ///
    /// Times never go back along the log: the record gets that of the event before it when this is
    /// earlier. More than `EventLimits.ahead` in the future is refused, since all later events would be there too.
    public var time: Timestamp?

    public init(
        topic: String, type: String, id: String? = nil, source: String? = nil, data: EventData,
        expectedOffset: Offset? = nil, time: Timestamp? = nil
    ) {
        self.topic = topic
        self.type = type
        self.id = id
        self.source = source
        self.data = data
        self.expectedOffset = expectedOffset
        self.time = time
    }
}
