import ArgumentParser
import EventLog
import Inspection

/// Which events of the log a command is about; all that are given must let an event through.
struct FilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this offset and later ones.", valueName: "offset"), transform: parseOffset)
    var from: Offset?

    @Option(help: ArgumentHelp("Only this offset and earlier ones.", valueName: "offset"), transform: parseOffset)
    var to: Offset?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only events from this time on: RFC 3339 (2026-01-02T03:04:05Z), a date (UTC), seconds since 1970, or an age (90s, 15m, 2h, 3d, 1w).",
            valueName: "time"),
        transform: GivenTime.parse)
    var since: GivenTime?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only events before this time, written like --since.", valueName: "time"),
        transform: GivenTime.parse)
    var until: GivenTime?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only events after this: an offset, a position LOGID:OFFSET, 'start', 'live' (all so far), or -N (all but the last N).",
            valueName: "position"),
        transform: parseAfter)
    var after: AfterPoint?

    @Option(help: ArgumentHelp("Only the last so many of those that match.", valueName: "count"))
    var last: Int?

    @Option(help: ArgumentHelp("End after this many events.", valueName: "count"))
    var limit: Int?

    @Option(
        name: [.customLong("topic"), .customLong("topics")],
        help: ArgumentHelp(
            "Only these topics, separated by commas; '*' stands for one level, '**' for the rest. May be repeated.",
            valueName: "patterns"))
    var topics: [String] = []

    @Option(
        name: [.customLong("type"), .customLong("types")],
        help: ArgumentHelp("Only these types, separated by commas. May be repeated.", valueName: "types"))
    var types: [String] = []

    @Option(
        name: [.customLong("source"), .customLong("sources")],
        help: ArgumentHelp(
            "Only events from these sources, separated by commas. May be repeated.", valueName: "sources"))
    var sources: [String] = []

    @Option(
        name: .customLong("id"), help: ArgumentHelp("Only the event with this id. May be repeated.", valueName: "id"))
    var ids: [String] = []

    @Option(
        name: .customLong("grep"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Only events with this text in their data. May be repeated: then with all of them.", valueName: "text"))
    var texts: [String] = []

    @Flag(name: [.customShort("i"), .long], help: "Let capitals and small letters be the same in texts to look for.")
    var ignoreCase = false

    @Option(
        name: .customLong("field"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            Only events with such a field: 'data.price>100', 'data.user.name=Ada', 'data.tags.0', 'topic~42'; the operators are \
            = != > >= < <= and ~ (contains). May be repeated.
            """,
            valueName: "test"),
        transform: parseFieldTest)
    var fields: [FieldTest] = []

    mutating func validate() throws {
        _ = try selection()
        for (name, count) in [("--last", last), ("--limit", limit)] {
            if let count, count < 1 { throw ValidationError("\(name) must be 1 or more, not \(count)") }
        }
        if let from, let to, from > to { throw ValidationError("--from \(from) is beyond --to \(to)") }
        if let since = since?.time, let until = until?.time, since >= until {
            throw ValidationError("--since \(since) is not before --until \(until)")
        }
    }

    /// Whether the caller said where to begin.
    var namesBeginning: Bool { after != nil || since != nil || from != nil }

    /// The option that means another place when the same command is run again later; nil when none does.
    var drifting: (name: String, cure: String)? {
        for (name, time) in [("--since", since), ("--until", until)] where time?.isAge == true {
            return (name, "a time such as 2026-01-02T03:04:05Z")
        }
        switch after {
        case .live, .allBut: return ("--after", "an offset")
        default: return nil
        }
    }

    func selection() throws(ValidationError) -> EventSelection {
        for (name, values, example) in [
            ("--topic", topics, "products,chat"), ("--type", types, "bid.placed"), ("--source", sources, "http"),
        ] {
            if let value = values.first(where: { Self.list([$0]).isEmpty }) {
                throw ValidationError(
                    "\(name) '\(value)' contains no value; write it like \(name) \(example), or leave it out to select all"
                )
            }
        }
        let (topics, types, sources) = (try patterns(), try exactTypes(), Self.list(sources))
        if let id = ids.first(where: { !(1...EventLimits.id).contains($0.utf8.count) }) {
            throw ValidationError("--id '\(id)' is not an id; an id has 1 to \(EventLimits.id) bytes")
        }
        if texts.contains("") { throw ValidationError("--grep '' matches every event; give it a text to search for") }
        let counts = [
            ("--topic", topics.count), ("--type", types.count), ("--source", sources.count), ("--id", ids.count),
            ("--grep", texts.count), ("--field", fields.count),
        ]
        for (name, count) in counts where count > EventFilter.maximumCount {
            throw ValidationError("\(name) has \(count) values; the limit is \(EventFilter.maximumCount)")
        }
        return EventSelection(
            filter: EventFilter(topics: topics, types: types), sources: sources, ids: ids,
            texts: texts.map { TextSearch($0, ignoresCase: ignoreCase) }, fields: fields)
    }

    private func patterns() throws(ValidationError) -> [TopicPattern] {
        try Self.list(topics).map { name throws(ValidationError) in
            guard let pattern = TopicPattern(name) else {
                throw ValidationError(
                    "--topic '\(name)' is not a topic or pattern; write levels as in auctions/42, '*' for one level, '**' for the rest at the end"
                )
            }
            return pattern
        }
    }

    private func exactTypes() throws(ValidationError) -> [String] {
        let types = Self.list(types)
        for type in types {
            if let problem = EventLimits.problem(ofWantedType: type) {
                throw ValidationError("--type '\(type)' \(problem)")
            }
        }
        return types
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

private func parseFieldTest(_ text: String) throws -> FieldTest {
    do throws(FieldTest.Mistake) {
        return try FieldTest(text)
    } catch {
        throw ValidationError(error.description)
    }
}

/// For every option and argument that is an offset.
func parseOffset(_ text: String) throws -> Offset {
    guard let offset = Offset(text) else { throw ValidationError("an offset is a whole number: 0, 1, 2 …") }
    return offset
}
