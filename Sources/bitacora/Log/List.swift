import ArgumentParser
import EventLog
import Inspection

extension Log {
    /// `bitacora log list`: prints events in order.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print events, oldest first.",
            discussion: """
                Example: bitacora log list --topic products --since 2h --field 'data.price>100' --last 20

                Damaged events are skipped and reported on standard error; the exit status is 1 then.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Flag(help: "Print the newest events first.")
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
