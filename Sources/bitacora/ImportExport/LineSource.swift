import Glibc

/// A block of lines of a file, divided into batches.
struct LineBlock: Sendable {
    struct Line: Sendable {
        let range: Range<Int>
        /// The number in the file, from 1; blank lines are counted.
        let number: Int
    }

    let bytes: [UInt8]
    /// The lines without blank ones, as ranges of `bytes`.
    let lines: [Line]
    /// For each batch, the index in `lines` after its last line.
    let batchEnds: [Int]
    /// How many bytes of the file have been read with this block.
    let end: UInt64
}

/// Splits a file or standard input into lines; keeps one block or one line in memory.
///
/// Lines end with LF or CRLF, or with the file. Blank lines and a byte order mark are skipped.
struct LineSource {
    /// The limit for the bytes of a line, which is more than any event takes, also as base64.
    static let maximumLine = 32 << 20
    /// A batch ends with the line that reaches this many bytes, so that the batch fits into one append.
    static let batchBytes = 8 << 20
    /// A block ends with the batch that reaches this many bytes or would go beyond this many lines.
    static let blockBytes = 4 << 20
    static let blockLines = 10_000

    /// The name in error messages.
    let name: String
    /// Bytes of the file; nil for a pipe.
    let size: UInt64?
    private let descriptor: Int32
    private let batch: Int
    /// The bytes that were read and not returned yet.
    private(set) var buffer: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 256 << 10)
    /// The index in `buffer` at which the next line begins.
    private var position = 0
    private var number = 0
    private var done: UInt64 = 0
    private var hasEnded = false

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - batch: the number of lines in a batch, 1 … `blockLines`.
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

    /// Returns the first line that is not blank, without consuming it.
    mutating func peek() throws(Failure) -> [UInt8]? {
        while true {
            let (start, before) = (position, number)
            guard let line = try nextLine() else { return nil }
            guard line.isEmpty else {
                (position, number) = (start, before)
                return Array(buffer[line])
            }
            discardConsumed()
        }
    }

    /// Returns the next block; nil at the end.
    mutating func next() throws(Failure) -> LineBlock? {
        var lines: [LineBlock.Line] = []
        var batchEnds: [Int] = []
        var batchStart = (line: 0, position: position)
        while let range = try nextLine() {
            if !range.isEmpty {
                lines.append(LineBlock.Line(range: range, number: number))
            } else if lines.count == batchStart.line {
                // Blank lines between batches belong to no batch.
                if lines.isEmpty { discardConsumed() }
                batchStart.position = position
                if !lines.isEmpty, position >= Self.blockBytes { break }
                continue
            }
            guard lines.count - batchStart.line == batch || position - batchStart.position >= Self.batchBytes else {
                continue
            }
            batchEnds.append(lines.count)
            batchStart = (lines.count, position)
            if lines.count + batch > Self.blockLines || position >= Self.blockBytes { break }
        }
        if lines.count > batchStart.line { batchEnds.append(lines.count) }
        guard !lines.isEmpty else { return nil }
        done += UInt64(position)
        let block = LineBlock(bytes: Array(buffer[..<position]), lines: lines, batchEnds: batchEnds, end: done)
        buffer.removeFirst(position)
        position = 0
        return block
    }

    /// Discards blank lines at the start of the buffer, so that many blank lines take no memory.
    ///
    /// Does so only when they are half of the buffer, so that no more bytes are moved than discarded.
    private mutating func discardConsumed() {
        guard position > buffer.count / 2 else { return }
        done += UInt64(position)
        buffer.removeFirst(position)
        position = 0
    }

    /// Consumes the next line; nil at the end.
    private mutating func nextLine() throws(Failure) -> Range<Int>? {
        var searched = position
        while true {
            if let newline = newline(from: searched) {
                defer { position = newline + 1 }
                number += 1
                return trimmed(position..<newline)
            }
            searched = buffer.count
            guard searched - position <= Self.maximumLine else {
                throw Failure(
                    ExitStatus.refused,
                    "\(name), line \(number + 1) is longer than the limit of \(Self.maximumLine) bytes; write one event on each line"
                )
            }
            guard try !fill() else { continue }
            guard position < buffer.count else { return nil }
            defer { position = buffer.count }
            number += 1
            return trimmed(position..<buffer.count)
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

    /// The line without white space at both ends, including CR.
    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        buffer.withUnsafeBytes { bytes in
            var (start, end) = (range.lowerBound, range.upperBound)
            while start < end, Self.isBlank(bytes[start]) { start += 1 }
            while start < end, Self.isBlank(bytes[end - 1]) { end -= 1 }
            return start..<end
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// Reads more bytes; returns false at the end of the file.
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

    /// Skips a byte order mark, and rejects compressed files, which begin with 1F 8B (RFC 1952 §2.3.1).
    private mutating func skipByteOrderMark() throws(Failure) {
        while buffer.count < 3, try fill() {}
        if buffer.starts(with: [0x1F, 0x8B]) {
            throw Failure(
                ExitStatus.refused, "\(name) is compressed; decompress it first: gunzip -c FILE | bitacora log import -"
            )
        }
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }
}
