internal import JSON

/// One immutable entry of the log.
public struct Event: Hashable, Sendable {
    public let offset: Offset
    public let time: Timestamp
    public let topic: String
    public let type: String
    public let id: String?
    public let source: String?
    public let data: EventData

    /// Copies what `view` points at.
    public init(_ view: borrowing EventView) {
        offset = view.offset
        time = view.time
        topic = view.topic.string
        type = view.type.string
        id = view.id.byteCount == 0 ? nil : view.id.string
        source = view.source.byteCount == 0 ? nil : view.source.string
        data = view.isJSON ? .json(view.data.array) : .bytes(view.data.array)
    }
}

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

/// What an event carries: JSON, or bytes that the log does not look into.
public enum EventData: Hashable, Sendable {
    /// JSON text without insignificant whitespace (RFC 8259).
    case json([UInt8])
    case bytes([UInt8])

    /// Checks JSON text and keeps it without insignificant whitespace, so that it fits on one line everywhere.
    ///
    /// - Throws: `.invalidEvent` with the place of the first fault.
    public static func json(checking text: [UInt8]) throws(AppendError) -> EventData {
        do {
            return .json(try JSONText.minified(text))
        } catch {
            throw AppendError(.invalidEvent, "data is not JSON: \(error)", field: "data")
        }
    }

    public var count: Int {
        switch self {
        case .json(let bytes), .bytes(let bytes): bytes.count
        }
    }
}
