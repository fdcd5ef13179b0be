import EventLog
import Inspection
import JSON

/// Which events a visitor of the inspector asked for: the fields of its form, which are also its address.
struct LogFilter: Sendable {
    static let fields = ["topic", "type", "grep"] + lesserFields
    /// Those that are seldom filled in, which the form folds away.
    static let lesserFields = ["source", "id", "from", "to", "since", "until"]
    static let parameters = Set(fields + ["before", "after", "at", "against"])
    /// The longest value of a field, in bytes: every name and pattern fits, and several.
    static let maximumBytes = 4096
    /// The longest text to look for in data, in bytes.
    static let maximumTextBytes = 256

    /// Topics and types, as the log's own reading takes them.
    let events: EventFilter
    /// Exact sources, any of them; empty for all.
    let sources: [String]
    let id: String?
    /// In it capitals and small letters are the same.
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
    /// What was written into the form, by field, without empty ones.
    let written: [String: String]

    /// - Throws: `.invalid` with the field at fault and how to mend it.
    init(_ query: Query, now: Timestamp = .now()) throws(Problem) {
        written = Self.written(query)
        for name in Self.fields + ["before", "after"] {
            guard let text = written[name], text.utf8.count > Self.maximumBytes else { continue }
            throw .invalid(name, "\(name) is \(text.utf8.count) bytes long; the limit is \(Self.maximumBytes)")
        }
        events = EventFilter(topics: try Self.topics(query), types: try Self.types(query))
        sources = query.list("source")
        guard sources.count <= EventFilter.maximumCount else {
            throw .invalid("source", "there are \(sources.count) sources; the limit is \(EventFilter.maximumCount)")
        }
        id = written["id"]
        text = try written["grep"].map { (text) throws(Problem) in try Self.search(text) }
        from = try Self.offset("from", written) ?? .start
        to = try Self.offset("to", written) ?? .end
        guard from <= to else {
            throw .invalid("to", "no event lies from \(from) to \(to): the second offset is before the first")
        }
        since = try Self.time("since", written, now)
        until = try Self.time("until", written, now)
        before = try Self.offset("before", written)
        after = try Self.offset("after", written)
        if before != nil, after != nil { throw .invalid("after", "give before or after, not both") }
    }

    /// What was written, before anything of it is checked: the form is shown with it again.
    static func written(_ query: Query) -> [String: String] {
        var written: [String: String] = [:]
        // A form sends its empty fields too.
        for name in fields + ["before", "after"] {
            let text =
                ["topic", "type", "source"].contains(name) ? query.list(name).joined(separator: ",") : query[name] ?? ""
            if !text.isEmpty { written[name] = text }
        }
        return written
    }

    /// What an event must be to be one of them, wherever it lies.
    var selection: EventSelection {
        EventSelection(filter: events, sources: sources, ids: id.map { [$0] } ?? [], texts: text.map { [$0] } ?? [])
    }

    /// Whether new events can be among them, so that the page follows the log.
    var isLive: Bool { before == nil && after == nil && to == .end && until == nil }

    /// Whether anything was asked for but a place in the log.
    var isNarrowed: Bool { Self.fields.contains { written[$0] != nil } }

    /// The address of the same events from another place in the log.
    func address(before: Offset? = nil, after: Offset? = nil) -> String {
        var pairs = Self.fields.compactMap { name in written[name].map { (name, $0) } }
        if let before { pairs.append(("before", "\(before)")) }
        if let after { pairs.append(("after", "\(after)")) }
        return "/log" + Query.text(pairs)
    }

    /// What the page's script holds new events against; topics and types the server looks after, and a page that
    /// ends somewhere gets none.
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

extension LogFilter {
    private static func topics(_ query: Query) throws(Problem) -> [TopicPattern] {
        do throws(Problem) {
            return try EventSubscription.patterns(query.list("topic"))
        } catch {
            throw .invalid("topic", error.detail)
        }
    }

    private static func types(_ query: Query) throws(Problem) -> [String] {
        do throws(Problem) {
            return try EventSubscription.types(query.list("type"))
        } catch {
            throw .invalid("type", error.detail)
        }
    }

    private static func search(_ text: String) throws(Problem) -> TextSearch {
        guard text.utf8.count <= maximumTextBytes else {
            throw .invalid(
                "grep", "the text to look for is \(text.utf8.count) bytes long; the limit is \(maximumTextBytes)")
        }
        return TextSearch(text, ignoresCase: true)
    }

    private static func offset(_ name: String, _ written: [String: String]) throws(Problem) -> Offset? {
        guard let text = written[name] else { return nil }
        guard let offset = Offset(text) else { throw .invalid(name, "'\(text)' is not an offset: 1, 2, 3 …") }
        return offset
    }

    private static func time(
        _ name: String, _ written: [String: String], _ now: Timestamp
    ) throws(Problem) -> Timestamp? {
        guard let text = written[name] else { return nil }
        guard let time = Timestamp(text, before: now) else {
            throw .invalid(name, "'\(text)' is not a time; write \(Timestamp.forms)")
        }
        return time
    }
}
