import EventLog
import Inspection

/// Selected events of a log on their way to a printer, in order, in bounded memory.
struct EventFeed {
    private let reader: LogReader
    private var end: Offset
    private let until: Timestamp?
    private var reached: Offset
    /// How many more events may be printed.
    private(set) var remaining: Int
    private var printer: EventPrinter
    private var progress: ProgressBar?

    /// - Parameter limit: how many events are printed at the most.
    init(_ reader: LogReader, _ range: EventRange, limit: Int?, printer: EventPrinter, progress: ProgressBar? = nil) {
        self.reader = reader
        self.printer = printer
        self.progress = progress
        (reached, end, until) = (range.after, range.end, range.until)
        remaining = limit ?? .max
    }

    private var isFinished: Bool { remaining == 0 || reached >= end || Task.isCancelled }

    /// Prints up to the head of this moment.
    mutating func replay() throws {
        defer { progress?.clear() }
        let head = reader.log.head
        while !isFinished, reached < head {
            reached = try reader.scan(after: reached, through: min(end, head)) { view in
                if let until, view.time >= until {
                    end = view.offset.previous
                    return false
                }
                printer.add(view)
                remaining -= 1
                return remaining > 0 && !printer.isFull
            }
            try printer.flush()
            progress?.update(reached.rawValue)
        }
    }

    /// Prints events as they are committed, until the task is cancelled, the limit or the end is reached.
    ///
    /// The end in time is reached when an event has it, printed or not, or the clock.
    mutating func follow() async throws {
        while !isFinished {
            // Before the replay, which then has all that was before the end.
            let isLast = try isAtEndInTime()
            try replay()
            if isLast || isFinished { return }
            await waitForEvents()
        }
    }

    private func isAtEndInTime() throws(ReadError) -> Bool {
        guard let until else { return false }
        if until <= .now() { return true }
        guard let newest = try reader.time(atOrAfter: reader.log.head) else { return false }
        return newest >= until
    }

    /// Waits for an event, but not beyond the end in time.
    private func waitForEvents() async {
        let (log, reached) = (reader.log, reached)
        guard let until else { return await log.waitForEvents(after: reached) }
        await withTaskGroup { group in
            group.addTask { await log.waitForEvents(after: reached) }
            group.addTask { try? await Task.sleep(for: .microseconds(until.rawValue - Timestamp.now().rawValue)) }
            await group.next()
            group.cancelAll()
        }
    }
}
