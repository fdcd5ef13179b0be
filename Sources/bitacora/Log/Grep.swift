import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log grep`: the events whose data says something.
    struct Grep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the events with a text in their data, or count them.",
            discussion: """
                Example: bitacora log grep -i sextant --topic products --since 3d

                TEXT is taken as it is, without wildcards. It is looked for in the JSON as it is stored, and in what \
                that says when its escapes are resolved: é is found in "caf\\u00e9". Put -- before TEXT that begins \
                with a dash.

                On a terminal it is set off. With --json the events are printed as everywhere; with --count, the \
                field count. Exit status 1 when nothing is found.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Flag(name: .shortAndLong, help: "Print only how many events there are.")
        var count = false

        @Flag(help: "The newest first.")
        var reverse = false

        @Argument(help: "What to look for.")
        var text: String

        mutating func validate() throws {
            if text.isEmpty {
                throw ValidationError("the text to search for is empty; use bitacora log list to print all events")
            }
        }

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let search = TextSearch(text, ignoresCase: filters.ignoreCase)
            let reader = LogReader(log, try filters.selection().adding(search))
            let range = try filters.range(in: reader)
            let found: Int
            if count {
                found = try number(reader, range)
                let output = Output()
                output.add(self.log.isJSON ? JSONValue.object(["count": .integer(found)]).text + "\n" : "\(found)\n")
                try output.flush()
            } else {
                var listing = EventListing(
                    reader, range, limit: filters.limit, EventPrinter(json: self.log.isJSON, search: search))
                found = reverse ? try listing.printBackward() : try listing.printForward()
            }
            try reader.damage.check()
            if found == 0 { throw Failure(ExitStatus.refused, "") }
        }

        private func number(_ reader: LogReader, _ range: EventRange) throws(ReadError) -> Int {
            let (limit, last) = (filters.limit ?? .max, min(range.end, reader.log.head))
            var found = 0
            var reached = range.after
            while found < limit, reached < last {
                reached = try reader.scan(after: reached, through: last) { _ in
                    found += 1
                    return found < limit
                }
            }
            return found
        }
    }
}
