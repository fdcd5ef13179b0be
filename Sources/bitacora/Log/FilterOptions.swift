import ArgumentParser
import EventLog

/// Which events of the log a command is about.
struct FilterOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only events after this: an offset, a position LOGID:OFFSET, 'start', 'live' (all so far), or -N (all but the last N).",
            valueName: "position"),
        transform: parseAfter)
    var after: AfterPoint?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only events from this time on: RFC 3339 (2026-01-02T03:04:05Z), a date (UTC), or seconds since 1970.",
            valueName: "time"),
        transform: parseTime)
    var since: Timestamp?

    @Option(help: ArgumentHelp("Only this offset and later ones.", valueName: "offset"), transform: parseOffset)
    var from: Offset?

    @Option(help: ArgumentHelp("Only this offset and earlier ones.", valueName: "offset"), transform: parseOffset)
    var to: Offset?

    @Option(
        help: ArgumentHelp(
            "Only these topics, separated by commas; '*' stands for one level, '**' for the rest. May be repeated.",
            valueName: "patterns"))
    var topics: [String] = []

    @Option(help: ArgumentHelp("Only these types, separated by commas. May be repeated.", valueName: "types"))
    var types: [String] = []

    @Option(help: ArgumentHelp("End after this many events.", valueName: "count"))
    var limit: Int?

    mutating func validate() throws {
        _ = try eventFilter()
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more, not \(limit)") }
        if let from, let to, from > to { throw ValidationError("--from \(from) is beyond --to \(to)") }
    }

    /// Whether the caller said where to begin.
    var namesBeginning: Bool { after != nil || since != nil || from != nil }

    /// The last offset before what is selected.
    func beginning(in log: EventLog) throws -> Offset {
        var beginning = try after?.offset(in: log, matching: try eventFilter()) ?? .start
        if let from { beginning = max(beginning, from.previous) }
        if let since { beginning = max(beginning, try log.offset(at: since).previous) }
        return beginning
    }

    /// The last offset that may be selected.
    var end: Offset { to ?? .end }

    func eventFilter() throws(ValidationError) -> EventFilter {
        let names = Self.list(topics)
        var patterns: [TopicPattern] = []
        for name in names {
            guard let pattern = TopicPattern(name) else {
                throw ValidationError(
                    "--topics '\(name)' is not a topic or pattern; write levels as in auctions/42, '*' for one level, '**' for the rest at the end")
            }
            patterns.append(pattern)
        }
        let types = Self.list(types)
        if let type = types.first(where: { $0.contains("*") }) {
            throw ValidationError("--types '\(type)' has a '*'; types are named in full, and only topics may be patterns")
        }
        for (name, count) in [("--topics", patterns.count), ("--types", types.count)] where count > EventFilter.maximumCount {
            throw ValidationError("\(name) has \(count) values; the limit is \(EventFilter.maximumCount)")
        }
        return EventFilter(topics: patterns, types: types)
    }

    private static func list(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",").map(String.init) }
    }
}

private func parseAfter(_ text: String) throws -> AfterPoint {
    guard let point = AfterPoint(text) else {
        throw ValidationError("it takes an offset, a position LOGID:OFFSET, 'start', 'live' or -N")
    }
    return point
}

private func parseTime(_ text: String) throws -> Timestamp {
    guard let time = Timestamp(text) else {
        throw ValidationError("it takes a time such as 2026-01-02T03:04:05Z, a date, or seconds since 1970")
    }
    return time
}

/// For every option and argument that is an offset.
func parseOffset(_ text: String) throws -> Offset {
    guard let offset = Offset(text) else { throw ValidationError("an offset is a whole number: 0, 1, 2 …") }
    return offset
}
