import EventLog
import Glibc
import Inspection

/// Prints events as JSON lines, or as rows of a table.
///
/// Events are copied into a buffer until `flush`, so that no read transaction waits for a slow output.
struct EventPrinter {
    /// The limit of rows in the buffer.
    private static let maximumRows = 256

    private let output = Output()
    private let terminal: Terminal
    private let isJSON: Bool
    private var writer = EventJSONWriter()
    private var table: Table
    private var rows: [[String]] = []
    private var rowBytes = 0
    private let search: TextSearch?

    /// - Parameter search: the text to highlight in the data; rows show the part of the data around the first match.
    init(json: Bool, search: TextSearch? = nil, terminal: Terminal = .standardOutput) {
        self.terminal = terminal
        self.search = search
        isJSON = json
        table = Table(
            [
                .init(title: "OFFSET", alignment: .right, colour: .bold),
                .init(title: "TIME", colour: .dim, shortenings: Table.Shortening.times),
                .init(title: "TOPIC", minimum: 10, colour: .cyan),
                .init(title: "TYPE", minimum: 10, colour: .green),
                .init(
                    title: "DATA", minimum: 16, comfortable: 20,
                    paint: search.map { search in { search.highlighted($0) } }),
            ], terminal: terminal)
    }

    /// Whether the buffer should be flushed.
    var isFull: Bool { output.isFull || rows.count >= Self.maximumRows || rowBytes >= Output.chunk }

    mutating func add(_ view: borrowing EventView) {
        guard isJSON else { return addRow(view) }
        output.add(room: writer.lineBound(view)) { start in writer.writeLine(view, to: start) }
    }

    mutating func flush() throws(OutputError) {
        if !rows.isEmpty {
            for line in table.lines(rows) {
                output.add(line)
                output.add("\n")
            }
            rows.removeAll(keepingCapacity: true)
            rowBytes = 0
        }
        try output.flush()
    }

    private mutating func addRow(_ view: borrowing EventView) {
        let data = summary(view)
        rowBytes += data.utf8.count
        rows.append([
            view.offset.description, view.time.description, ShownText.escaped(Self.text(view.topic)),
            ShownText.escaped(Self.text(view.type)), data,
        ])
    }

    private func summary(_ view: borrowing EventView) -> String {
        guard view.isJSON else { return "(\(Amount.counted(view.data.byteCount, "byte")))" }
        if let search { return ShownText.escaped(search.excerpt(of: Self.text(view.data), width: terminal.width)) }
        guard let width = terminal.width else { return ShownText.escaped(Self.text(view.data)) }
        // Decodes only what may be shown: a scalar has at most 4 bytes, and a character seldom more than a few scalars.
        let shown = min(view.data.byteCount, 16 * width)
        return DisplayText.cut(ShownText.escaped(Self.text(view.data.extracting(first: shown))), to: width)
    }

    private static func text(_ bytes: RawSpan) -> String {
        bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

/// Prints the selected events of a range once, in either direction.
struct EventListing {
    private let reader: LogReader
    private let range: EventRange
    private let limit: Int
    private var printer: EventPrinter

    /// - Parameter limit: the most events to print; nil for all.
    init(_ reader: LogReader, _ range: EventRange, limit: Int?, _ printer: EventPrinter) {
        self.reader = reader
        self.range = range
        self.printer = printer
        self.limit = limit ?? .max
    }

    /// Prints the oldest events first, and returns the number of events.
    func printForward() throws -> Int {
        var feed = EventFeed(
            reader, range, limit: limit, printer: printer,
            progress: Self.writesFile ? ProgressBar("reading", total: reader.log.head.rawValue, unit: "events") : nil)
        try feed.replay()
        return limit - feed.remaining
    }

    /// Prints the newest events first, and returns the number of events.
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

    /// Whether standard output is a file; on a terminal or in a pager, a progress bar would mix with the events.
    private static var writesFile: Bool {
        var status = stat()
        return fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// Prints the selected events of a range in order, and then events as they are committed, in bounded memory.
struct EventFeed {
    private let reader: LogReader
    private var end: Offset
    private let until: Timestamp?
    private var reached: Offset
    /// How many more events are printed at most.
    private(set) var remaining: Int
    private var printer: EventPrinter
    private var progress: ProgressBar?

    /// - Parameter limit: the most events to print; nil for all.
    init(_ reader: LogReader, _ range: EventRange, limit: Int?, printer: EventPrinter, progress: ProgressBar? = nil) {
        self.reader = reader
        self.printer = printer
        self.progress = progress
        (reached, end, until) = (range.after, range.end, range.until)
        remaining = limit ?? .max
    }

    private var isFinished: Bool { remaining == 0 || reached >= end || Task.isCancelled }

    /// Prints the events up to the current head.
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

    /// Prints events as they are committed, until the task is cancelled, or the limit or the end is reached.
    ///
    /// The end in time is reached when an event, printed or not, or the clock reaches it.
    mutating func follow() async throws {
        while !isFinished {
            // Checked before the replay, so that the replay prints all events before the end.
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

    /// Waits for an event, but at most until the end in time.
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
