package import EventLog

/// What an event must be to be selected, wherever it stands in the log.
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

    /// The same events, but only those that have this text too.
    package func adding(_ text: TextSearch) -> EventSelection {
        EventSelection(self, texts: texts + [text])
    }

    private init(_ other: EventSelection, texts: [TextSearch]) {
        (filter, ids, idBytes, sources, fields) = (other.filter, other.ids, other.idBytes, other.sources, other.fields)
        self.texts = texts
    }

    /// Whether every event is selected.
    package var isAll: Bool { filter.isAll && isFilterOnly }

    /// Whether topics and types are all that counts.
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
