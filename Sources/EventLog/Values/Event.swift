package import JSON

/// An immutable entry of the log.
public struct Event: Hashable, Sendable {
    /// The place of the event in the log.
    public let offset: Offset
    /// When the event was appended, or the time that its producer gave; never before the time of the event before it.
    public let time: Timestamp
    /// What the event belongs to: levels split by `/`, such as `auctions/42`.
    public let topic: String
    /// What happened, such as `bid.placed`.
    public let type: String
    /// The id that the producer gave, so that a retry is safe; nil when it gave none.
    public let id: String?
    /// Who or what the event came from; nil when the producer gave no source.
    public let source: String?
    /// The content of the event.
    public let data: EventData

    /// Copies the event that `view` shows.
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

/// An event that has not been appended yet.
public struct NewEvent: Hashable, Sendable {
    /// What the event belongs to: levels split by `/`, such as `products` or `auctions/42`. At most 255 bytes.
    public var topic: String
    /// What happened, in the past tense, such as `product.created`. At most 127 bytes.
    public var type: String
    /// Makes a retry safe: when the log has an event with this id, an append writes nothing and returns the offset of that
    /// event. At most 255 bytes.
    public var id: String?
    /// Who or what the event came from. At most 255 bytes.
    public var source: String?
    /// The content of the event; its size is bounded by ``EventLimits/data``.
    public var data: EventData
    /// The offset that the topic's last event must have, or the append is refused; `Offset.start` when the topic must
    /// have no event. Nil to accept any offset.
    public var expectedOffset: Offset?
    /// When the event happened, for events from another system; nil for the moment of the append.
    ///
    /// Times never go back along the log: an earlier time is replaced by the time of the event before. A time more than
    /// ``EventLimits/ahead`` in the future is refused, because all later events would have at least that time.
    public var time: Timestamp?
    /// The value of `data`, if the producer has it: projections then need not parse the text again.
    package var parsed: ParsedData?

    /// Makes an event to append; the fields are checked by the append.
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

/// The parsed value of an event's JSON text. It does not count in comparisons of events, because the text does.
package struct ParsedData: Hashable, Sendable {
    let value: JSONValue

    /// - Parameter value: the value that parsing the text gives.
    package init(_ value: JSONValue) { self.value = value }

    package static func == (left: ParsedData, right: ParsedData) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}

/// The content of an event: JSON, or bytes that the log does not interpret.
public enum EventData: Hashable, Sendable {
    /// JSON text without insignificant whitespace (RFC 8259). The log does not check it; see ``json(checking:)``.
    case json([UInt8])
    /// Any bytes.
    case bytes([UInt8])

    /// Checks JSON text and removes its insignificant whitespace, so that it is one line in every format.
    ///
    /// Repeated keys, the digits of numbers and escapes stay as they are.
    ///
    /// - Throws: `.invalidEvent` with the position of the first error in the text.
    public static func json(checking text: [UInt8]) throws(AppendError) -> EventData {
        do {
            return .json(try JSONText.minified(text))
        } catch {
            throw AppendError(.invalidEvent, "data is not JSON: \(error)", field: "data")
        }
    }

    /// The number of bytes.
    public var count: Int {
        switch self {
        case .json(let bytes), .bytes(let bytes): bytes.count
        }
    }
}
