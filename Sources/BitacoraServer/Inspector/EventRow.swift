import EventLog
import Handlebars
import Inspection

/// An event as a row of the inspector's list: its names, and the beginning of its data.
struct EventRow: Sendable {
    /// How much of the data a row shows, in bytes.
    static let dataBytes = 240

    private struct Contents {
        let time: Timestamp
        let topic: String
        let type: String
        /// Shown as it is: others wrote it, and what a browser would obey is replaced.
        let data: String
    }

    let offset: Offset
    /// Nil when the event is damaged.
    private let contents: Contents?

    init(_ view: borrowing EventView) {
        offset = view.offset
        contents = Contents(time: view.time, topic: view.topicText, type: view.typeText, data: Self.summary(view))
    }

    /// - Parameter offset: where an event was, and nothing is that can be read.
    init(damagedAt offset: Offset) {
        self.offset = offset
        contents = nil
    }

    private static func summary(_ view: borrowing EventView) -> String {
        guard view.isJSON else { return "(\(Amount.counted(view.data.byteCount, "byte")))" }
        // Four bytes more show whether something is left out, and where a character ends.
        let shown = view.data.extracting(first: dataBytes + 4).withUnsafeBytes { Array($0) }
        return ShownText.beginning(of: shown, bytes: dataBytes)
    }

    /// Reads the rows of events that are there.
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

    /// As the templates see it.
    static let shape: ObjectShape<EventRow> = [
        "offset": { Value($0.offset.rawValue) },
        "isDamaged": { .bool($0.contents == nil) },
        "time": { .string($0.contents?.time.description ?? "") },
        "clock": { .string($0.contents?.time.shown ?? "") },
        "topic": { .string(ShownText.escaped($0.contents?.topic ?? "")) },
        "type": { .string(ShownText.escaped($0.contents?.type ?? "")) },
        "data": { .string($0.contents?.data ?? "") },
    ]

    /// A row with nothing in it, which the page's script clones.
    static let blank = Value.object(shape.names.reduce(into: Object()) { $0[$1] = "" })
}

extension Timestamp {
    /// `2026-01-02 03:04:05.678`, in UTC.
    var shown: String { String(description.prefix(23).replacing("T", with: " ")) }
}
