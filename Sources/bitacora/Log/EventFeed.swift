import EventLog

/// Selected events of a log on their way to a printer, in order, in bounded memory.
struct EventFeed {
    private let log: EventLog
    private let filter: EventFilter
    private let end: Offset
    private var reached: Offset
    private var remaining: Int
    private var printer: EventPrinter
    private var progress: ProgressBar?

    /// - Parameters:
    ///   - after: the last offset left out.
    ///   - end: the last offset that may be printed.
    ///   - limit: how many events are printed at the most.
    init(
        _ log: EventLog, after: Offset, end: Offset = .end, filter: EventFilter, limit: Int?, printer: EventPrinter,
        progress: ProgressBar? = nil
    ) {
        self.log = log
        self.filter = filter
        self.end = end
        self.printer = printer
        self.progress = progress
        reached = after
        remaining = limit ?? .max
    }

    private var isFinished: Bool { remaining == 0 || reached >= end || Task.isCancelled }

    /// Prints up to the head of this moment.
    mutating func replay() throws {
        defer { progress?.clear() }
        let head = log.head
        while !isFinished, reached < head {
            reached = try log.scan(after: reached, through: min(end, head), filter: filter) { view in
                printer.add(view)
                remaining -= 1
                return remaining > 0 && !printer.isFull
            }
            try printer.flush()
            progress?.update(reached.rawValue)
        }
    }

    /// Prints events as they are committed, until the task is cancelled, the limit or the end is reached.
    mutating func follow() async throws {
        while !isFinished {
            await log.waitForEvents(after: reached)
            try replay()
        }
    }
}
