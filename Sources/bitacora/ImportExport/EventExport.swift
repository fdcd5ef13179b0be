import EventLog
import Inspection

/// Selected events of a log on their way to a file, in order, in bounded memory.
struct EventExport {
    /// The head when the export began, where it ends.
    let head: Offset
    /// How many events are written, the earlier ones among them.
    private(set) var events: Int
    /// How many were there before this began.
    let earlier: Int
    /// The offset of the last event written.
    private(set) var last: Offset?
    /// How many events were left out because they cannot be read.
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
    ///   - written: what the output has of the range already, to go on after it.
    ///   - limit: how many events are written at the most.
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
        // It would get between the lines of a pager or a terminal, but not into a file.
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

/// Writes events as lines of a format.
struct EventLineWriter {
    let format: EventFormat
    private let logID: [UInt8]
    private var writer = EventJSONWriter()

    init(_ format: EventFormat, of log: LogID) {
        self.format = format
        logID = Array(log.description.utf8)
    }

    /// Adds the line of `view`, with its end.
    mutating func add(_ view: borrowing EventView, to output: Output) {
        let room = 1 + (format == .jsonl ? writer.bound(view) : writer.cloudEventBound(view))
        output.add(room: room) { place in
            let count = write(view, to: place)
            place.storeBytes(of: UInt8(ascii: "\n"), toByteOffset: count, as: UInt8.self)
            return count + 1
        }
    }

    /// The line of `view`, without its end.
    mutating func line(_ view: borrowing EventView) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: writer.cloudEventBound(view)) { buffer, count in
            guard let place = buffer.baseAddress else { return }
            count = write(view, to: UnsafeMutableRawPointer(place))
        }
    }

    private mutating func write(_ view: borrowing EventView, to place: UnsafeMutableRawPointer) -> Int {
        switch format {
        case .jsonl: writer.write(view, to: place)
        case .cloudevents: logID.withUnsafeBytes { writer.writeCloudEvent(view, of: $0, to: place) }
        }
    }
}
