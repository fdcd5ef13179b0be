import EventLog
import Inspection
import JSON

/// The events that a visitor of the inspector asks for: the fields of its form, which are also the parameters of its
/// address.
struct LogFilter: Sendable {
    static let fields = ["topic", "type", "grep"] + advancedFields
    /// The fields that are seldom used, which the form shows on request.
    static let advancedFields = ["source", "id", "from", "to", "since", "until"]
    /// The fields that hold comma separated lists (`CommaList`).
    private static let lists: Set<String> = ["topic", "type", "source"]
    private static let offsets = ["before", "after"]
    /// The maximum length of a field, in bytes: several of the longest names and patterns fit.
    static let maximumBytes = 4096
    /// The maximum length of a text to search data for, in bytes.
    static let maximumTextBytes = 256

    /// The topics and types, by which the log itself filters.
    let events: EventFilter
    /// The sources, of which an event must have one; empty for all.
    let sources: [String]
    let id: String?
    /// A text that the data must contain; upper and lower case are the same.
    let text: TextSearch?
    /// The first and last offset, both included.
    let from: Offset
    let to: Offset
    let since: Timestamp?
    /// The end of the times; not included.
    let until: Timestamp?
    /// The list ends before this offset; nil for the newest events.
    let before: Offset?
    /// The list begins after this offset; nil for the newest events.
    let after: Offset?
    /// The text of each field of the form that is not empty.
    let values: [String: String]

    /// - Throws: `Problem` 400 with the wrong field.
    init(_ query: Query, now: Timestamp = .now()) throws(Problem) {
        do throws(InvalidParameter) {
            self = try LogFilter(query.list, Self.values(query), now)
        } catch {
            throw Problem(error)
        }
    }

    private init(
        _ list: (String) -> [String], _ values: [String: String], _ now: Timestamp
    ) throws(InvalidParameter) {
        try Self.checkSizes(of: values)
        self.values = values
        events = EventFilter(
            topics: try FilterGrammar.topics(list("topic"), field: "topic"),
            types: try FilterGrammar.types(list("type"), field: "type"))
        sources = try FilterGrammar.sources(list("source"), field: "source")
        id = try FilterGrammar.ids(values["id"].map { [$0] } ?? [], field: "id").first
        text = try FilterGrammar.texts(
            values["grep"].map { [$0] } ?? [], field: "grep", ignoresCase: true, maximumBytes: Self.maximumTextBytes
        ).first
        func offset(_ name: String) throws(InvalidParameter) -> Offset? {
            guard let text = values[name] else { return nil }
            return try FilterGrammar.offset(text, field: name)
        }
        func time(_ name: String) throws(InvalidParameter) -> Timestamp? {
            guard let text = values[name] else { return nil }
            return try LogTime(text, field: name, now: now).time
        }
        from = try offset("from") ?? .start
        to = try offset("to") ?? .end
        since = try time("since")
        until = try time("until")
        before = try offset("before")
        after = try offset("after")
        try checkOffsets()
    }

    private static func checkSizes(of values: [String: String]) throws(InvalidParameter) {
        for name in fields + offsets {
            guard let text = values[name], text.utf8.count > maximumBytes else { continue }
            throw InvalidParameter(name, nil, "is \(text.utf8.count) bytes long", "the limit is \(maximumBytes)")
        }
    }

    private func checkOffsets() throws(InvalidParameter) {
        guard from <= to else {
            throw InvalidParameter(
                "to", "\(to)", "is before from, which is \(from)",
                "write the smaller offset into from and the larger into to")
        }
        if let after, before != nil {
            throw InvalidParameter(
                "after", "\(after)", "is given together with before", "give before or after, not both")
        }
    }

    /// The text of each field that is not empty, unchecked: the form shows the text again beside an error.
    static func values(_ query: Query) -> [String: String] {
        var values: [String: String] = [:]
        // A form sends its empty fields too.
        for name in fields + offsets {
            let text = lists.contains(name) ? CommaList.text(of: query.list(name)) : query[name] ?? ""
            if !text.isEmpty { values[name] = text }
        }
        return values
    }

    /// The conditions that an event must meet, apart from its offset and time.
    var selection: EventSelection {
        EventSelection(filter: events, sources: sources, ids: id.map { [$0] } ?? [], texts: text.map { [$0] } ?? [])
    }

    /// Whether new events can match, so that the page shows them when they are appended.
    var isLive: Bool { before == nil && after == nil && to == .end && until == nil }

    /// Whether any field of the form has text.
    var isNarrowed: Bool { Self.fields.contains { values[$0] != nil } }

    /// The address of the same filter, for the events before or after an offset.
    func address(before: Offset? = nil, after: Offset? = nil) -> String {
        var pairs = Self.fields.compactMap { name in values[name].map { (name, $0) } }
        if let before { pairs.append(("before", "\(before)")) }
        if let after { pairs.append(("after", "\(after)")) }
        return "/log" + Query.text(pairs)
    }

    /// The conditions that the page's script checks new events against. The server applies topics and types, and a page
    /// with an end gets no new events.
    var json: JSONValue {
        [
            "topics": .array(events.topics.map { .string($0.description) }),
            "types": .array(events.types.map(JSONValue.string)),
            "sources": .array(sources.map(JSONValue.string)), "id": id.map(JSONValue.string) ?? .null,
            "grep": values["grep"].map(JSONValue.string) ?? .null,
            "from": .offset(from), "since": since.map { .string("\($0)") } ?? .null,
        ]
    }
}
