import EventLog

/// What an export that was broken off has written, held against the log before more is added.
struct PartialExport {
    private static let block = 64 << 10

    private let file: PartialFile
    private let reader: LogReader
    private var writer: EventLineWriter

    init(_ file: PartialFile, _ writer: EventLineWriter, _ reader: LogReader) {
        self.file = file
        self.writer = writer
        self.reader = reader.quietly
    }

    /// Cuts off a torn last line, and tells where to go on.
    ///
    /// The first and the last line must be, byte for byte, what this log writes for their offsets now: that settles the
    /// log, the format, and, as far as two lines can, the filters.
    ///
    /// - Returns: the offset of the last whole line; where `range` begins when there is none.
    func resume(_ range: EventRange) throws -> Offset {
        let end = try lineEnd(before: file.size)
        try file.cut(to: end)
        guard end > 0 else { return range.after }
        let first = try check(try firstLine(), "first")
        guard try firstSelected(in: range) == first else {
            throw refusal("it begins at offset \(first), as this export would not: give the filters it was begun with")
        }
        let start = try lineEnd(before: end - 1)
        return try check(try file.read(end - 1 - start, at: start), "last")
    }

    private func firstSelected(in range: EventRange) throws(ReadError) -> Offset? {
        var first: Offset?
        var reached = range.after
        let last = min(range.end, reader.log.head)
        while first == nil, reached < last {
            reached = try reader.scan(after: reached, through: last) { view in
                first = view.offset
                return false
            }
        }
        return first
    }

    /// The offset of a line that is this log's.
    private func check(_ line: [UInt8], _ place: String) throws -> Offset {
        guard let (offset, format) = EventLine.place(of: line) else { throw refusal("its \(place) line is no event") }
        guard format == writer.format else {
            throw refusal("it holds \(format.rawValue), not \(writer.format.rawValue); say --format \(format.rawValue)")
        }
        var own: [UInt8] = []
        var isSelected = false
        var writer = writer
        _ = try reader.log.scan(after: offset.previous, through: offset) { view in
            own = writer.line(view)
            isSelected = reader.selection.filter.matches(view) && reader.selection.matches(view)
            return false
        }
        guard own == line else {
            throw refusal("its \(place) line, offset \(offset), is not what the log in \(reader.log.directory) has there: it is of another log")
        }
        guard isSelected else { throw refusal("its \(place) line, offset \(offset), does not pass the filters: give those it was begun with") }
        return offset
    }

    private func refusal(_ reason: String) -> Failure {
        Failure(ExitStatus.refused, "\(file.path) cannot be gone on with: \(reason); or begin anew with --force")
    }

    /// Where the last line that ends before `place` does; 0 when none does.
    private func lineEnd(before place: Int) throws(Failure) -> Int {
        var end = place
        while end > 0 {
            let start = max(0, end - Self.block)
            if let newline = try file.read(end - start, at: start).lastIndex(of: UInt8(ascii: "\n")) { return start + newline + 1 }
            end = start
        }
        return 0
    }

    /// Called when there is a whole line.
    private func firstLine() throws(Failure) -> [UInt8] {
        var line: [UInt8] = []
        while true {
            let block = try file.read(Self.block, at: line.count)
            guard !block.isEmpty else { return line }
            if let newline = block.firstIndex(of: UInt8(ascii: "\n")) { return line + block[..<newline] }
            line += block
        }
    }
}
