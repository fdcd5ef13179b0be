import Base64
import EventLog
import Handlebars
import Inspection
import JSON

/// One event with all that is known of it, as the inspector shows it.
struct EventDetail: Sendable {
    /// How much JSON is laid out on a page, and how many bytes that are not JSON, in bytes.
    static let jsonBytes = 256 << 10
    static let plainBytes = 4 << 10

    let offset: Offset
    /// Nil when it is damaged.
    private let shown: ShownEvent?
    /// The events before and after it in its topic; in the log when it is damaged, as then nobody knows its topic.
    private let previous: Offset?
    private let next: Offset?

    /// Nil when `log` has no event at `offset`. Costs a few lookups, and a search where nothing of its topic is near.
    static func find(_ offset: Offset, in log: EventLog) throws -> EventDetail? {
        guard offset > .start, offset < .end else { return nil }
        do {
            guard let shown = try ShownEvent(at: offset, in: log) else { return nil }
            let (previous, next) = try shown.neighbours(in: log, Damage())
            return EventDetail(offset: offset, shown: shown, previous: previous, next: next)
        } catch ReadError.damaged(offset) {
            return EventDetail(
                offset: offset, shown: nil, previous: offset > log.first ? offset.previous : nil,
                next: offset < log.head ? offset.next : nil)
        }
    }

    /// The data as text, laid out; whether something of it is left out.
    private static func text(of data: EventData) -> (text: String, isCut: Bool) {
        switch data {
        case .json(let bytes):
            let lines = JSONText.indented(bytes, limit: jsonBytes)
            return (ShownText.beginning(of: lines, bytes: jsonBytes, keepsNewlines: true), lines.count > jsonBytes)
        case .bytes(let bytes):
            return (hexadecimal(bytes.prefix(plainBytes)), bytes.count > plainBytes)
        }
    }

    /// Sixteen bytes a line, with where the line begins.
    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            let line = bytes[start..<min(start + 16, bytes.count)]
            return UInt(start).hexadecimal(digits: 6) + "  "
                + line.map { $0.hexadecimal(digits: 2) }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// As the templates see it.
    func value(in log: EventLog) -> Value {
        let (previous, next) = (previous.map { Value($0.rawValue) } ?? .null, next.map { Value($0.rawValue) } ?? .null)
        guard let shown else {
            return ["offset": Value(offset.rawValue), "isDamaged": true, "previous": previous, "next": next]
        }
        let event = shown.event
        let (text, isCut) = Self.text(of: event.data)
        let isJSON = if case .json = event.data { true } else { false }
        return [
            "offset": Value(event.offset.rawValue),
            "position": .string("\(Position(log: log.id, offset: event.offset))"),
            "time": .string(event.time.description), "topic": .string(ShownText.escaped(event.topic)),
            "topicLink": .string("/log" + Query.text([("topic", CommaList.text(of: [event.topic]))])),
            "typeLink": .string("/log" + Query.text([("type", CommaList.text(of: [event.type]))])),
            "type": .string(ShownText.escaped(event.type)),
            "id": event.id.map { .string(ShownText.escaped($0)) } ?? .null,
            "source": event.source.map { .string(ShownText.escaped($0)) } ?? .null,
            "size": .string("\(Amount.bytes(event.data.count)), \(isJSON ? "JSON" : "not JSON")"),
            "recordSize": .string(Amount.bytes(shown.size)), "digest": .string(shown.digest.description),
            "previous": previous, "next": next,
            "data": .string(text), "isCut": .bool(isCut),
        ]
    }
}
