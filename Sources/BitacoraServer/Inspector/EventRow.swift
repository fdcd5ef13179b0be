import EventLog
import Handlebars

/// An event as a row of the inspector's list: its names, and the beginning of its data.
struct EventRow: Sendable {
    /// How much of the data a row shows, in bytes.
    static let dataBytes = 240

    let offset: Offset
    let time: Timestamp
    let topic: String
    let type: String
    /// Shown as it is: others wrote it, and what a browser would obey is replaced.
    let data: String

    init(_ view: borrowing EventView) {
        offset = view.offset
        time = view.time
        topic = view.topicText
        type = view.typeText
        data = Self.summary(view)
    }

    private static func summary(_ view: borrowing EventView) -> String {
        guard view.isJSON else { return "(\(ShownAmount.counted(view.data.byteCount, "byte")))" }
        // Four bytes more show whether something is left out, and where a character ends.
        let shown = view.data.extracting(first: dataBytes + 4).withUnsafeBytes { Array($0) }
        return ShownText.beginning(of: shown, bytes: dataBytes)
    }

    /// Reads the rows of events that are there.
    static func read(_ offsets: [Offset], from log: EventLog) throws(ReadError) -> [EventRow] {
        var rows: [EventRow] = []
        for offset in offsets {
            _ = try log.scan(after: offset.previous, through: offset) { view in
                rows.append(EventRow(view))
                return false
            }
        }
        return rows
    }

    /// As the templates see it.
    static let shape: ObjectShape<EventRow> = [
        "offset": { Value($0.offset.rawValue) },
        "time": { .string($0.time.description) },
        "clock": { .string($0.time.shown) },
        "topic": { .string(ShownText.escaped($0.topic)) },
        "type": { .string(ShownText.escaped($0.type)) },
        "data": { .string($0.data) },
    ]

    /// A row with nothing in it, which the page's script clones.
    static let blank = Value.object(shape.names.reduce(into: Object()) { $0[$1] = "" })
}

extension Timestamp {
    /// `2026-01-02 03:04:05.678`, in UTC.
    var shown: String { String(description.prefix(23).replacing("T", with: " ")) }
}
