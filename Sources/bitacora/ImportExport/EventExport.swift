import EventLog
import Inspection

/// Writes the selected events of a log in order, in bounded memory.
struct EventExport {
    /// The head at the start of the export, at which the export ends.
    let head: Offset
    /// How many events are written, including those of an interrupted export.
    private(set) var events: Int
    /// How many events an interrupted export had written.
    let earlier: Int
    /// The offset of the last event written.
    private(set) var last: Offset?
    /// How many events were skipped because they are damaged.
    var damaged: Int { reader.damage.count }

    private let reader: LogReader
    private let beginning: Offset
    private let end: Offset
    private var reached: Offset
    private var remaining: Int
    private var writer: EventLineWriter
    private let output: Output
    private var progress: ProgressBar?

    /// - Parameters:
    ///   - written: the events of the range that the output already has.
    ///   - limit: the most events to write; nil for all.
    init(
        _ reader: LogReader, _ range: EventRange, after written: PartialExport.Written? = nil, limit: Int?,
        writer: EventLineWriter,
        output: Output
    ) {
        self.reader = reader
        head = reader.log.head
        end = min(range.end, head)
        earlier = written?.events ?? 0
        events = earlier
        last = written?.last
        beginning = last ?? range.after
        reached = beginning
        remaining = limit ?? .max
        self.writer = writer
        self.output = output
        // On a terminal or in a pager, a progress bar would mix with the events.
        if output.isFile, end > beginning {
            progress = ProgressBar("exporting", total: end.rawValue - beginning.rawValue, unit: "events")
        }
    }

    /// - Throws: `OutputError`; `ReadError` when the log as a whole cannot be read.
    mutating func run() throws {
        defer { progress?.clear() }
        while remaining > 0, reached < end {
            reached = try reader.scan(after: reached, through: end) { view in
                writer.add(view, to: output)
                events += 1
                last = view.offset
                remaining -= 1
                return remaining > 0 && !output.isFull
            }
            try output.flush()
            let done = reached.rawValue - beginning.rawValue
            progress?.update(done)
        }
    }
}

/// Writes events as lines in a format.
struct EventLineWriter {
    let format: EventFormat
    private var writer: EventJSONWriter

    init(_ format: EventFormat, of log: LogID) {
        self.format = format
        writer =
            switch format {
            case .jsonl: EventJSONWriter()
            case .cloudevents: EventJSONWriter(.cloudEvent(log: log))
            }
    }

    /// Adds the line of an event and a newline to `output`.
    mutating func add(_ view: borrowing EventView, to output: Output) {
        output.add(room: writer.lineBound(view)) { pointer in writer.writeLine(view, to: pointer) }
    }

    /// The line of an event, without a newline.
    mutating func line(_ view: borrowing EventView) -> [UInt8] { writer.bytes(view) }
}
