import ArgumentParser
import EventLog
import Inspection

/// The events that a command reads; an event must pass every option that is given.
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
        transform: parseTime)
    var since: LogTime?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only events before this time, written like --since.", valueName: "time"),
        transform: parseTime)
    var until: LogTime?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only events after this: an offset, a position LOGID:OFFSET, 'start', 'live' (all so far), or -N (all but the last N).",
            valueName: "position"),
        transform: parseStart)
    var after: StartPoint?

    @Option(help: ArgumentHelp("Only the last of the events that match, at most this many.", valueName: "count"))
    var last: Int?

    @Option(help: ArgumentHelp("End after this many events.", valueName: "count"))
    var limit: Int?

    @Option(
        name: [.customLong("topic"), .customLong("topics")],
        help: ArgumentHelp(
            "Only these topics, separated by commas; '*' stands for one level, '**' for the rest, '\\,' for a comma in a name. May be repeated.",
            valueName: "patterns"))
    var topics: [String] = []

    @Option(
        name: [.customLong("type"), .customLong("types")],
        help: ArgumentHelp(
            "Only these types, separated by commas; '\\,' stands for a comma in a name. May be repeated.",
            valueName: "types"))
    var types: [String] = []

    @Option(
        name: [.customLong("source"), .customLong("sources")],
        help: ArgumentHelp(
            "Only events from these sources, separated by commas; '\\,' stands for a comma in a name. May be repeated.",
            valueName: "sources"))
    var sources: [String] = []

    @Option(
        name: .customLong("id"), help: ArgumentHelp("Only the event with this id. May be repeated.", valueName: "id"))
    var ids: [String] = []

    @Option(
        name: .customLong("grep"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Only events with this text in their data. May be repeated: then with all of them.", valueName: "text"))
    var texts: [String] = []

    @Flag(
        name: [.customShort("i"), .long],
        help: "Ignore the difference between capital and small letters in the text to search for.")
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

    /// Whether an option says where to begin.
    var namesBeginning: Bool { after != nil || since != nil || from != nil }

    /// The option whose value selects other events when the same command runs again later, and what to write instead.
    var relativeOption: (name: String, replacement: String)? {
        for (name, time) in [("--since", since), ("--until", until)] where time?.isAge == true {
            return (name, "a time such as 2026-01-02T03:04:05Z")
        }
        switch after {
        case .live, .last: return ("--after", "an offset")
        default: return nil
        }
    }

    func selection() throws(ValidationError) -> EventSelection {
        do throws(InvalidParameter) {
            let topics = try Self.names(topics, "--topic", "products,chat")
            let types = try Self.names(types, "--type", "bid.placed")
            let sources = try Self.names(sources, "--source", "http")
            try FilterGrammar.checkCount(fields, "--field")
            return EventSelection(
                filter: EventFilter(
                    topics: try FilterGrammar.topics(topics, field: "--topic"),
                    types: try FilterGrammar.types(types, field: "--type")),
                sources: try FilterGrammar.sources(sources, field: "--source"),
                ids: try FilterGrammar.ids(ids, field: "--id"),
                texts: try FilterGrammar.texts(texts, field: "--grep", ignoresCase: ignoreCase),
                fields: fields)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// The names of an option that takes lists; each of its values must have one.
    private static func names(
        _ values: [String], _ option: String, _ example: String
    ) throws(InvalidParameter) -> [String] {
        for value in values where CommaList.names(in: value).isEmpty {
            throw InvalidParameter(
                option, value, "contains no value",
                "write it like \(option) \(example), or leave it out to select all")
        }
        return CommaList.names(in: values)
    }
}

extension FilterOptions {
    /// The part of the log of `reader` that the options select.
    ///
    /// - Throws: `Failure` when the log does not have the position of `--after`; `ReadError`.
    func range(in reader: LogReader) throws -> EventRange {
        var range = try rangeOfAll(in: reader)
        guard var missing = last else { return range }
        var beginning = range.after
        try reader.ignoringDamage.visitBackward(after: range.after, end: range.end) { offset in
            missing -= 1
            if missing == 0 { beginning = offset.previous }
            return missing > 0
        }
        range.after = beginning
        return range
    }

    private func rangeOfAll(in reader: LogReader) throws -> EventRange {
        var range = EventRange(after: try after?.offset(in: reader) ?? .start, end: to ?? .end, until: until?.time)
        if let from { range.after = max(range.after, from.previous) }
        if let since = since?.time { range.after = max(range.after, try reader.offset(at: since).previous) }
        // A part that was trimmed may be asked for, and has no events.
        range.after = max(range.after, reader.log.first.previous)
        if let until = until?.time {
            let end = try reader.offset(at: until)
            if end <= reader.log.head { range.end = min(range.end, end.previous) }
        }
        return range
    }
}

private func parseFieldTest(_ text: String) throws -> FieldTest {
    do throws(FieldTest.Mistake) {
        return try FieldTest(text)
    } catch {
        throw ValidationError(error.description)
    }
}
