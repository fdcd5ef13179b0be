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

    public init(
        topic: String, type: String, id: String? = nil, source: String? = nil, data: EventData,
        expectedOffset: Offset? = nil
    ) {
        self.topic = topic
        self.type = type
        self.id = id
        self.source = source
        self.data = data
        self.expectedOffset = expectedOffset
    }
}
