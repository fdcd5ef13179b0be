import ArgumentParser
import EventLog

extension Log {
    /// `bitacora log tail`: the last events, and those to come.
    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the last events, and with --follow each new one.",
            discussion: """
                Example: bitacora log tail --follow --lines 0 --json --topics 'chat/**'

                Prints the last 10 that pass the filters, or all of them when --after, --since or --from says where \
                to begin. With --follow it goes on until it is interrupted (exit status 0), its output is closed, \
                or --limit or --to is reached; the server may be stopped and started meanwhile.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var selection: FilterOptions

        @Flag(name: .shortAndLong, help: "Go on with new events as they are committed.")
        var follow = false

        @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many of the last events to begin with.", valueName: "count"))
        var lines: Int?

        mutating func validate() throws {
            if let lines, lines < 0 { throw ValidationError("--lines must be 0 or more, not \(lines)") }
        }

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let filter = try selection.eventFilter()
            let after = try beginning(in: log, filter)
            let (end, limit, isJSON, follow) = (selection.end, selection.limit, self.log.isJSON, follow)
            try await Interruption.cancelling {
                var feed = EventFeed(
                    log, after: after, end: end, filter: filter, limit: limit, printer: EventPrinter(json: isJSON))
                try feed.replay()
                if follow { try await feed.follow() }
            }
        }

        /// The last offset before the first event to print.
        private func beginning(in log: EventLog, _ filter: EventFilter) throws -> Offset {
            let lowest = try selection.beginning(in: log)
            guard var missing = lines ?? (selection.namesBeginning ? nil : 10) else { return lowest }
            let head = min(selection.end, log.head)
            guard missing > 0 else { return max(lowest, head) }
            var beginning = lowest
            try log.visitBackward(after: lowest, end: head, filter: filter) { offset in
                missing -= 1
                if missing == 0 { beginning = offset.previous }
                return missing > 0
            }
            return beginning
        }
    }
}
