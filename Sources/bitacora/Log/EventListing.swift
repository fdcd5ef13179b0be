import EventLog
import Glibc
import Inspection

/// Selected events of a part of a log, printed once in either direction.
struct EventListing {
    private let reader: LogReader
    private let range: EventRange
    private let limit: Int
    private var printer: EventPrinter

    /// - Parameter limit: how many events are printed at the most.
    init(_ reader: LogReader, _ range: EventRange, limit: Int?, _ printer: EventPrinter) {
        self.reader = reader
        self.range = range
        self.printer = printer
        self.limit = limit ?? .max
    }

    /// Prints the oldest first and returns how many there were.
    func printForward() throws -> Int {
        var feed = EventFeed(
            reader, range, limit: limit, printer: printer,
            progress: Self.writesFile ? ProgressBar("reading", total: reader.log.head.rawValue, unit: "events") : nil)
        try feed.replay()
        return limit - feed.remaining
    }

    /// Prints the newest first and returns how many there were.
    mutating func printBackward() throws -> Int {
        var count = 0
        try reader.visitBackward(after: range.after, end: range.end) { offset in
            try reader.log.visit(offset) { printer.add($0) }
            count += 1
            if printer.isFull { try printer.flush() }
            return count < limit
        }
        try printer.flush()
        return count
    }

    /// A progress bar would get between the lines of a pager or a terminal, but not into a file.
    private static var writesFile: Bool {
        var status = stat()
        return fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
