import ArgumentParser
import EventLog
import Inspection

extension Log {
    /// `bitacora log list`: events in order, from the beginning.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print events, the oldest first.",
            discussion: """
                Example: bitacora log list --topic products --since 2h --field 'data.price>100' --last 20

                Ends at the head of the log. Memory stays bounded however long the log is. An event that is damaged \
                is reported on standard error and skipped; then the exit status is 1.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Flag(help: "The newest first.")
        var reverse = false

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let reader = LogReader(log, try filters.selection())
            var listing = EventListing(
                reader, try filters.range(in: reader), limit: filters.limit, EventPrinter(json: self.log.isJSON))
            _ = reverse ? try listing.printBackward() : try listing.printForward()
            try reader.damage.check()
        }
    }
}
