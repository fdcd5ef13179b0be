import ArgumentParser
import EventLog
import Inspection

extension Log {
    /// `bitacora log tail`: prints the last events, and follows the log.
    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the last events, and with --follow each new one.",
            discussion: """
                Example: bitacora log tail --follow --lines 0 --json --topic 'chat/**'

                Prints the last 10 events that pass the filters, or all from the start given by --after, --since or \
                --from. With --follow the command runs until it is interrupted (exit status 0), its output is closed, \
                or --limit, --to or --until is reached; the server may restart in the meantime.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Flag(name: .shortAndLong, help: "Keep printing new events as they are committed.")
        var follow = false

        @Option(
            name: [.customShort("n"), .long],
            help: ArgumentHelp(
                "Start with this many of the last events; like --last, but may be 0.", valueName: "count"))
        var lines: Int?

        mutating func validate() throws {
            if let lines, lines < 0 { throw ValidationError("--lines must be 0 or more, not \(lines)") }
            if lines != nil, filters.last != nil {
                throw ValidationError("--lines and --last mean the same; pass only one of them")
            }
        }

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let selection = try filters.selection()
            let command = self
            try await Interruption.cancelling {
                let reader = LogReader(log, selection)
                var feed = EventFeed(
                    reader, try command.range(in: reader), limit: command.filters.limit,
                    printer: EventPrinter(json: command.log.isJSON))
                try feed.replay()
                if command.follow { try await feed.follow() }
                try reader.damage.check()
            }
        }

        private func range(in reader: LogReader) throws -> EventRange {
            var filters = filters
            if lines == 0 {
                var range = try filters.range(in: reader)
                range.after = max(range.after, min(range.end, reader.log.head))
                return range
            }
            filters.last = lines ?? filters.last ?? (filters.namesBeginning ? nil : 10)
            return try filters.range(in: reader)
        }
    }
}
