import Glibc

/// Lines of a file, a block of batches at a time.
struct LineBlock: Sendable {
    struct Line: Sendable {
        let range: Range<Int>
        /// 1, 2, 3 …, blank ones counted.
        let number: Int
    }

    let bytes: [UInt8]
    /// What the ranges of the lines lie in, blank ones left out.
    let lines: [Line]
    /// Where each batch ends among the lines.
    let batchEnds: [Int]
    /// How many bytes of the file are read with this block.
    let end: UInt64
}

/// Cuts a file or standard input into lines, in memory for a block or a line.
///
/// Lines end with LF or CRLF, the last may end with the file. Blank lines and a byte order mark are left out.
struct LineSource {
    /// The longest line: more than any event takes, also as base64.
    static let maximumLine = 32 << 20
    /// A batch ends with the line that reaches this, so that it fits into one append.
    static let batchBytes = 8 << 20
    /// A block ends with the batch that reaches this many bytes or would go beyond this many lines.
    static let blockBytes = 4 << 20
    static let blockLines = 10_000

    /// How errors call it.
    let name: String
    /// In bytes; nil for what has no size, such as a pipe.
    let size: UInt64?
    private let descriptor: Int32
    private let batch: Int
    /// What is read and not given out yet.
    private(set) var buffer: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 256 << 10)
    /// Where the next line begins.
    private var place = 0
    private var number = 0
    private var done: UInt64 = 0
    private var hasEnded = false

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - batch: how many lines a batch has, 1 … `blockLines`.
    init(_ path: String, batch: Int) throws(Failure) {
        name = path == "-" ? "standard input" : path
        self.batch = batch
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(ExitStatus.unusable, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isFile ? UInt64(max(0, status.st_size)) : nil
        try skipByteOrderMark()
    }

    func close() {
        if descriptor != STDIN_FILENO { Glibc.close(descriptor) }
    }

    /// The first line that is not blank, left where it is.
    mutating func peek() throws(Failure) -> [UInt8]? {
        while true {
            let (start, before) = (place, number)
            guard let line = try nextLine() else { return nil }
            guard line.isEmpty else {
                (place, number) = (start, before)
                return Array(buffer[line])
            }
            discardConsumed()
        }
    }

    /// The next block; nil at the end.
    mutating func next() throws(Failure) -> LineBlock? {
        var lines: [LineBlock.Line] = []
        var batchEnds: [Int] = []
        var batchStart = (line: 0, place: place)
        while let range = try nextLine() {
            if !range.isEmpty {
                lines.append(LineBlock.Line(range: range, number: number))
            } else if lines.count == batchStart.line {
                // Blank lines between batches are of none.
                if lines.isEmpty { discardConsumed() }
                batchStart.place = place
                if !lines.isEmpty, place >= Self.blockBytes { break }
                continue
            }
            guard lines.count - batchStart.line == batch || place - batchStart.place >= Self.batchBytes else {
                continue
            }
            batchEnds.append(lines.count)
            batchStart = (lines.count, place)
            if lines.count + batch > Self.blockLines || place >= Self.blockBytes { break }
        }
        if lines.count > batchStart.line { batchEnds.append(lines.count) }
        guard !lines.isEmpty else { return nil }
        done += UInt64(place)
        let block = LineBlock(bytes: Array(buffer[..<place]), lines: lines, batchEnds: batchEnds, end: done)
        buffer.removeFirst(place)
        place = 0
        return block
    }

    /// Forgets blank lines in front of all others, so that any number of them takes no memory.
    ///
    /// Only when they are half of what is held, so that no more bytes are moved than forgotten.
    private mutating func discardConsumed() {
        guard place > buffer.count / 2 else { return }
        done += UInt64(place)
        buffer.removeFirst(place)
        place = 0
    }

    /// Moves behind the next line; nil at the end.
    private mutating func nextLine() throws(Failure) -> Range<Int>? {
        var searched = place
        while true {
            if let newline = newline(from: searched) {
                defer { place = newline + 1 }
                number += 1
                return trimmed(place..<newline)
            }
            searched = buffer.count
            guard searched - place <= Self.maximumLine else {
                throw Failure(
                    ExitStatus.refused,
                    "\(name), line \(number + 1) is longer than the limit of \(Self.maximumLine) bytes; write one event on each line"
                )
            }
            guard try !fill() else { continue }
            guard place < buffer.count else { return nil }
            defer { place = buffer.count }
            number += 1
            return trimmed(place..<buffer.count)
        }
    }

    private func newline(from start: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, start < bytes.count,
                let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// The line without the whitespace around it, CR among it.
    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        buffer.withUnsafeBytes { bytes in
            var (start, end) = (range.lowerBound, range.upperBound)
            while start < end, Self.isBlank(bytes[start]) { start += 1 }
            while start < end, Self.isBlank(bytes[end - 1]) { end -= 1 }
            return start..<end
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// Reads more; false at the end of the file.
    private mutating func fill() throws(Failure) -> Bool {
        while !hasEnded {
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 {
                buffer.append(contentsOf: chunk[..<count])
                return true
            }
            if count == 0 {
                hasEnded = true
            } else if errno != EINTR {
                throw Failure(ExitStatus.unusable, "\(name) cannot be read: \(String(cString: strerror(errno)))")
            }
        }
        return false
    }

    /// Passes a byte order mark, and tells compressed files apart by their first bytes (RFC 1952 §2.3.1).
    private mutating func skipByteOrderMark() throws(Failure) {
        while buffer.count < 3, try fill() {}
        if buffer.starts(with: [0x1F, 0x8B]) {
            throw Failure(
                ExitStatus.refused, "\(name) is compressed; decompress it first: gunzip -c FILE | bitacora log import -"
            )
        }
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    }
}
