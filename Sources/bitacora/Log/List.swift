import ArgumentParser
import EventLog
import Glibc

extension Log {
    /// `bitacora log list`: events in order, from the beginning.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print events, the oldest first.",
            discussion: """
                Example: bitacora log list --topics products --since 2026-01-02 --limit 20

                Ends at the head of the log. Memory stays bounded however long the log is.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var selection: FilterOptions

        @Flag(help: "The newest first.")
        var reverse = false

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let after = try selection.beginning(in: log)
            let printer = EventPrinter(json: self.log.isJSON)
            if reverse { return try printBackward(log, after: after, printer) }
            var feed = EventFeed(
                log, after: after, end: selection.end, filter: try selection.eventFilter(), limit: selection.limit,
                printer: printer, progress: Self.writesFile ? ProgressBar("reading", total: log.head.rawValue, unit: "events") : nil)
            try feed.replay()
        }

        private func printBackward(_ log: EventLog, after: Offset, _ printer: EventPrinter) throws {
            var printer = printer
            var remaining = selection.limit ?? .max
            try log.visitBackward(after: after, end: selection.end, filter: try selection.eventFilter()) { offset in
                _ = try log.scan(after: offset.previous, through: offset) { view in
                    printer.add(view)
                    return false
                }
                remaining -= 1
                if printer.isFull { try printer.flush() }
                return remaining > 0
            }
            try printer.flush()
        }

        /// A progress bar would get between the lines of a pager or a terminal, but not into a file.
        private static var writesFile: Bool {
            var status = stat()
            return fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }
}
