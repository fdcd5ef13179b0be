import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log grep`: prints the events whose data contains a text.
    struct Grep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print or count the events whose data contains a text.",
            discussion: """
                Example: bitacora log grep -i sextant --topic products --since 3d

                TEXT is literal, without wildcards. It is searched in the JSON as stored, and in the JSON with its \
                escapes resolved: é is found in "caf\\u00e9". Put -- before TEXT that begins with a dash.

                Matches are highlighted on a terminal. With --count, the field of --json is count. Exit status 1 when \
                no event matches.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Flag(name: .shortAndLong, help: "Print only the number of matching events.")
        var count = false

        @Flag(help: "Print the newest events first.")
        var reverse = false

        @Argument(help: "The text to search for.")
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
                try self.log.printResult(["count": .integer(found)], "\(found)\n")
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
