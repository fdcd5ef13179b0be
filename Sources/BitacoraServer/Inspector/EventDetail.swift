import Base64
import EventLog
import Handlebars
import Inspection
import JSON

/// One event with all of its fields, as the inspector shows it.
struct EventDetail: Sendable {
    /// The maximum number of bytes of JSON that a page shows, indented.
    static let jsonBytes = 256 << 10
    /// The maximum number of bytes of other data that a page shows.
    static let plainBytes = 4 << 10

    let offset: Offset
    /// Nil when the event is damaged.
    private let shown: ShownEvent?
    /// The events before and after the event in its topic. For a damaged event, whose topic is unknown: in the log.
    private let previous: Offset?
    private let next: Offset?

    /// Reads an event; nil when `log` has no event at `offset`.
    ///
    /// Costs a few lookups, and a search when no other event of the topic is near.
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

    /// The data as text, indented, and whether the text is cut.
    private static func text(of data: EventData) -> (text: String, isCut: Bool) {
        switch data {
        case .json(let bytes):
            let lines = JSONText.indented(bytes, limit: jsonBytes)
            return (ShownText.beginning(of: lines, bytes: jsonBytes, keepsNewlines: true), lines.count > jsonBytes)
        case .bytes(let bytes):
            return (hexadecimal(bytes.prefix(plainBytes)), bytes.count > plainBytes)
        }
    }

    /// Sixteen bytes a line, each line with the position of its first byte.
    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            let line = bytes[start..<min(start + 16, bytes.count)]
            return UInt(start).hexadecimal(digits: 6) + "  "
                + line.map { $0.hexadecimal(digits: 2) }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// The data of the template.
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

/// An event as a row of the inspector's list: time, topic, type, and the beginning of the data.
struct EventRow: Sendable {
    /// The maximum number of bytes of data that a row shows.
    static let dataBytes = 240

    private struct Contents {
        let time: Timestamp
        let topic: String
        let type: String
        /// The text to show, in which characters that a browser would act on are escaped.
        let data: String
    }

    let offset: Offset
    /// Nil when the event is damaged.
    private let contents: Contents?

    init(_ view: borrowing EventView) {
        offset = view.offset
        contents = Contents(time: view.time, topic: view.topicText, type: view.typeText, data: Self.summary(view))
    }

    /// The row of a damaged event.
    init(damagedAt offset: Offset) {
        self.offset = offset
        contents = nil
    }

    private static func summary(_ view: borrowing EventView) -> String {
        guard view.isJSON else { return "(\(Amount.counted(view.data.byteCount, "byte")))" }
        // The next four bytes show whether the text is cut, and where a character ends.
        let shown = view.data.extracting(first: dataBytes + 4).withUnsafeBytes { Array($0) }
        return ShownText.beginning(of: shown, bytes: dataBytes)
    }

    /// Reads the rows of events.
    static func read(_ offsets: [Offset], from log: EventLog) throws(ReadError) -> [EventRow] {
        var rows: [EventRow] = []
        let reader = LogReader(log, damage: Damage())
        for offset in offsets {
            let damaged: (Offset) -> Void = { rows.append(EventRow(damagedAt: $0)) }
            _ = try reader.scan(after: offset.previous, through: offset, damaged: damaged) { view in
                rows.append(EventRow(view))
                return false
            }
        }
        return rows
    }

    /// The data of the template.
    static let shape: ObjectShape<EventRow> = [
        "offset": { Value($0.offset.rawValue) },
        "isDamaged": { .bool($0.contents == nil) },
        "time": { .string($0.contents?.time.description ?? "") },
        "clock": { .string($0.contents?.time.shown ?? "") },
        "topic": { .string(ShownText.escaped($0.contents?.topic ?? "")) },
        "type": { .string(ShownText.escaped($0.contents?.type ?? "")) },
        "data": { .string($0.contents?.data ?? "") },
    ]

    /// An empty row, which the page's script clones.
    static let blank = Value.object(shape.names.reduce(into: Object()) { $0[$1] = "" })
}

extension Timestamp {
    /// The time in UTC, to the millisecond: `2026-01-02 03:04:05.678`.
    var shown: String { String(description.prefix(23).replacing("T", with: " ")) }
}
