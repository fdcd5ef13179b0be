import EventLog
import Handlebars
import JSON

/// One event with all that is known of it, as the inspector shows it.
struct EventDetail: Sendable {
    /// How much JSON is laid out on a page, and how many bytes that are not JSON, in bytes.
    static let jsonBytes = 256 << 10
    static let plainBytes = 4 << 10

    let event: Event
    let digest: Digest
    /// The size of its record in the log, in bytes.
    let recordSize: Int
    /// The events before and after it in its topic.
    let previous: Offset?
    let next: Offset?

    /// Nil when `log` has no event at `offset`. Costs a few lookups.
    init?(at offset: Offset, in log: EventLog) throws(ReadError) {
        guard offset > .start, offset < .end else { return nil }
        var found: (Event, Digest, Int)?
        _ = try log.scan(after: offset.previous, through: offset) { view in
            if view.offset == offset { found = (Event(view), view.digest, view.record.byteCount) }
            return false
        }
        guard let found else { return nil }
        (event, digest, recordSize) = found
        let filter = EventFilter(topics: [TopicPattern(event.topic)].compactMap { $0 })
        previous = try log.readBackward(before: offset, filter: filter, limit: 1).events.first?.offset
        next = try log.read(after: offset, filter: filter, limit: 1).events.first?.offset
    }

    /// The data as text, laid out; whether something of it is left out.
    private var text: (text: String, isCut: Bool) {
        switch event.data {
        case .json(let bytes) where bytes.count <= Self.jsonBytes:
            (ShownText.escaped(String(decoding: JSONText.indented(bytes), as: UTF8.self), keepsNewlines: true), false)
        // Cut JSON has no shape to lay out.
        case .json(let bytes): (ShownText.beginning(of: bytes, bytes: Self.jsonBytes), true)
        case .bytes(let bytes): (Self.hexadecimal(bytes.prefix(Self.plainBytes)), bytes.count > Self.plainBytes)
        }
    }

    /// Sixteen bytes a line, with where the line begins.
    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            let line = bytes[start..<min(start + 16, bytes.count)]
            return padded(start, 6) + "  " + line.map { padded(Int($0), 2) }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// As the templates see it.
    func value(in log: EventLog) -> Value {
        let (text, isCut) = text
        let isJSON = if case .json = event.data { true } else { false }
        return [
            "offset": Value(event.offset.rawValue), "position": .string("\(Position(log: log.id, offset: event.offset))"),
            "time": .string(event.time.description), "topic": .string(ShownText.escaped(event.topic)),
            "topicLink": .string("/log" + Query.text([("topic", event.topic)])),
            "typeLink": .string("/log" + Query.text([("type", event.type)])), "type": .string(ShownText.escaped(event.type)),
            "id": event.id.map { .string(ShownText.escaped($0)) } ?? .null,
            "source": event.source.map { .string(ShownText.escaped($0)) } ?? .null,
            "size": .string("\(ShownAmount.bytes(event.data.count)), \(isJSON ? "JSON" : "not JSON")"),
            "recordSize": .string(ShownAmount.bytes(recordSize)), "digest": .string(digest.description),
            "previous": previous.map { Value($0.rawValue) } ?? .null, "next": next.map { Value($0.rawValue) } ?? .null,
            "data": .string(text), "isCut": .bool(isCut),
        ]
    }
}
