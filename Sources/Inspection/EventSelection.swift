package import EventLog

/// The conditions that an event must meet, wherever the event is in the log.
package struct EventSelection: Sendable {
    /// Topics and types; the log's index serves the topics.
    package let filter: EventFilter
    /// The ids wanted; the log's index serves them.
    package let ids: [String]
    private let idBytes: [[UInt8]]
    private let sources: [[UInt8]]
    private let texts: [TextSearch]
    private let fields: [FieldTest]

    package init(
        filter: EventFilter = .all, sources: [String] = [], ids: [String] = [], texts: [TextSearch] = [],
        fields: [FieldTest] = []
    ) {
        self.filter = filter
        self.sources = sources.map { Array($0.utf8) }
        self.ids = ids
        idBytes = ids.map { Array($0.utf8) }
        self.texts = texts
        self.fields = fields
    }

    /// The same conditions, and one more: `text` must be in the data.
    package func adding(_ text: TextSearch) -> EventSelection {
        EventSelection(self, texts: texts + [text])
    }

    private init(_ other: EventSelection, texts: [TextSearch]) {
        (filter, ids, idBytes, sources, fields) = (other.filter, other.ids, other.idBytes, other.sources, other.fields)
        self.texts = texts
    }

    /// Whether every event is selected.
    package var isAll: Bool { filter.isAll && isFilterOnly }

    /// Whether topics and types are the only conditions.
    package var isFilterOnly: Bool { ids.isEmpty && sources.isEmpty && texts.isEmpty && fields.isEmpty }

    /// Whether an event that passed `filter` is selected. The cheapest tests come first.
    package func matches(_ view: borrowing EventView) -> Bool {
        if isFilterOnly { return true }
        guard Self.has(view.id, idBytes), Self.has(view.source, sources) else { return false }
        for field in fields where !field.passes(view) { return false }
        for text in texts where !text.isInData(of: view) { return false }
        return true
    }

    private static func has(_ name: RawSpan, _ wanted: [[UInt8]]) -> Bool {
        wanted.isEmpty || name.withUnsafeBytes { name in wanted.contains { name.elementsEqual($0) } }
    }
}

/// The part of a log that a command reads.
package struct EventRange {
    /// The part begins after this offset.
    package var after = Offset.start
    /// The last offset of the part.
    package var end = Offset.end
    /// The time at which the part ends, for events that are appended later; nil when there is no such time.
    package var until: Timestamp?

    package init(after: Offset = .start, end: Offset = .end, until: Timestamp? = nil) {
        (self.after, self.end, self.until) = (after, end, until)
    }
}
