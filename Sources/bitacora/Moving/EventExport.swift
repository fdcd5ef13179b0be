import EventLog

/// Selected events of a log on their way to a file, in order, in bounded memory.
struct EventExport {
    /// How many damaged events are named.
    private static let describedDamages = 20

    /// The head when the export began, where it ends.
    let head: Offset
    private(set) var events = 0
    /// The offset of the last event written.
    private(set) var last: Offset?
    /// How many events were left out because they cannot be read.
    private(set) var damaged = 0

    private let log: EventLog
    private let filter: EventFilter
    private let end: Offset
    private var reached: Offset
    private var remaining: Int
    private var writer: EventLineWriter
    private let output: Output
    private var progress: ProgressBar?
    private let beginning: Offset

    /// - Parameters:
    ///   - after: the last offset left out.
    ///   - end: the last offset that may be written.
    ///   - limit: how many events are written at the most.
    init(
        _ log: EventLog, after: Offset, end: Offset, filter: EventFilter, limit: Int?, writer: EventLineWriter, output: Output
    ) {
        self.log = log
        self.filter = filter
        head = log.head
        self.end = min(end, head)
        beginning = max(after, log.first.previous)
        reached = beginning
        remaining = limit ?? .max
        self.writer = writer
        self.output = output
        // It would get between the lines of a pager or a terminal, but not into a file.
        if output.isFile, self.end > beginning {
            progress = ProgressBar("exporting", total: self.end.rawValue - beginning.rawValue, unit: "events")
        }
    }

    /// - Throws: `OutputError`; `ReadError` when the log as a whole cannot be read.
    mutating func run() throws {
        defer { progress?.clear() }
        while remaining > 0, reached < end {
            do throws(ReadError) {
                reached = try log.scan(after: reached, through: end, filter: filter) { view in
                    writer.add(view, to: output)
                    events += 1
                    last = view.offset
                    remaining -= 1
                    return remaining > 0 && !output.isFull
                }
            } catch .damaged(let offset) {
                leaveOut(offset)
                reached = offset
            } catch {
                throw error
            }
            try output.flush()
            let done = reached.rawValue - beginning.rawValue
            progress?.update(done)
        }
    }

    private mutating func leaveOut(_ offset: Offset) {
        damaged += 1
        guard damaged <= Self.describedDamages else { return }
        progress?.clear()
        Terminal.standardError.write("bitacora: the event at offset \(offset) is damaged and left out\n")
    }
}
