import EventLog
import Inspection
import JSON

/// The events that a visitor of the inspector asks for: the fields of its form, which are also its address.
struct LogFilter: Sendable {
    static let fields = ["topic", "type", "grep"] + lesserFields
    /// The fields that are seldom filled in, which the form folds away.
    static let lesserFields = ["source", "id", "from", "to", "since", "until"]
    /// The fields that hold comma separated lists (`CommaList`).
    private static let lists: Set<String> = ["topic", "type", "source"]
    private static let offsets = ["before", "after"]
    /// The longest value of a field, in bytes: every name and pattern fits, and several.
    static let maximumBytes = 4096
    /// The longest text to search data for, in bytes.
    static let maximumTextBytes = 256

    /// Topics and types, as the log's own reading takes them.
    let events: EventFilter
    /// Exact sources, any of them; empty for all.
    let sources: [String]
    let id: String?
    /// A text that the data must contain, in capital or small letters.
    let text: TextSearch?
    /// Offsets, both included.
    let from: Offset
    let to: Offset
    let since: Timestamp?
    /// Not included.
    let until: Timestamp?
    /// The page ends before this offset; nil at the newest.
    let before: Offset?
    /// The page begins after this offset.
    let after: Offset?
    /// The text of each field of the form that is not empty.
    let written: [String: String]

    /// - Throws: `.invalid` with the field at fault and what to write instead.
    init(_ query: Query, now: Timestamp = .now()) throws(Problem) {
        do throws(InvalidParameter) {
            self = try LogFilter(query.list, Self.written(query), now)
        } catch {
            throw Problem(error)
        }
    }

    private init(
        _ list: (String) -> [String], _ written: [String: String], _ now: Timestamp
    ) throws(InvalidParameter) {
        self.written = written
        for name in Self.fields + Self.offsets {
            guard let text = written[name], text.utf8.count > Self.maximumBytes else { continue }
            throw InvalidParameter(name, nil, "is \(text.utf8.count) bytes long", "the limit is \(Self.maximumBytes)")
        }
        events = EventFilter(
            topics: try FilterGrammar.topics(list("topic"), field: "topic"),
            types: try FilterGrammar.types(list("type"), field: "type"))
        sources = try FilterGrammar.sources(list("source"), field: "source")
        id = try FilterGrammar.ids(written["id"].map { [$0] } ?? [], field: "id").first
        text = try FilterGrammar.texts(
            written["grep"].map { [$0] } ?? [], field: "grep", ignoresCase: true, maximumBytes: Self.maximumTextBytes
        ).first
        func offset(_ name: String) throws(InvalidParameter) -> Offset? {
            guard let text = written[name] else { return nil }
            return try FilterGrammar.offset(text, field: name)
        }
        func time(_ name: String) throws(InvalidParameter) -> Timestamp? {
            guard let text = written[name] else { return nil }
            return try LogTime(text, field: name, now: now).time
        }
        from = try offset("from") ?? .start
        to = try offset("to") ?? .end
        guard from <= to else {
            throw InvalidParameter(
                "to", "\(to)", "is before from, which is \(from)",
                "write the smaller offset into from and the larger into to")
        }
        since = try time("since")
        until = try time("until")
        before = try offset("before")
        after = try offset("after")
        if let after, before != nil {
            throw InvalidParameter(
                "after", "\(after)", "is given together with before", "give before or after, not both")
        }
    }

    /// The text of each field that is not empty, unchecked: the form shows the text again beside an error.
    static func written(_ query: Query) -> [String: String] {
        var written: [String: String] = [:]
        // A form sends its empty fields too.
        for name in fields + offsets {
            let text = lists.contains(name) ? CommaList.text(of: query.list(name)) : query[name] ?? ""
            if !text.isEmpty { written[name] = text }
        }
        return written
    }

    /// The conditions that an event must meet, wherever the event is in the log.
    var selection: EventSelection {
        EventSelection(filter: events, sources: sources, ids: id.map { [$0] } ?? [], texts: text.map { [$0] } ?? [])
    }

    /// Whether new events can be among them, so that the page follows the log.
    var isLive: Bool { before == nil && after == nil && to == .end && until == nil }

    /// Whether any field of the form has text.
    var isNarrowed: Bool { Self.fields.contains { written[$0] != nil } }

    /// The address of the same events from another place in the log.
    func address(before: Offset? = nil, after: Offset? = nil) -> String {
        var pairs = Self.fields.compactMap { name in written[name].map { (name, $0) } }
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
            "grep": written["grep"].map(JSONValue.string) ?? .null,
            "from": .offset(from), "since": since.map { .string("\($0)") } ?? .null,
        ]
    }
}
