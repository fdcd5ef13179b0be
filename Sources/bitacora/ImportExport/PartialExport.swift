import EventLog
import Glibc
import Inspection

/// Checks the file of an interrupted export against the log, so that the export can continue.
struct PartialExport {
    /// The events that the file has.
    struct Written {
        let events: Int
        let last: Offset
    }

    private static let block = 64 << 10

    private let file: PartialFile
    /// Reports damaged events, which the file does not have.
    private let reader: LogReader
    private var writer: EventLineWriter

    init(_ file: PartialFile, _ writer: EventLineWriter, _ reader: LogReader) {
        self.file = file
        self.writer = writer
        self.reader = reader
    }

    /// Removes an incomplete last line, and returns the events that the file has.
    ///
    /// The first and the last line must be, byte for byte, what this log writes for their offsets, and the number of lines
    /// must be the number of events up to the last line. This confirms the log, the format and the filters. Damaged events
    /// up to there are reported again, because the interrupted export had no chance to set its exit status.
    ///
    /// - Returns: nil when there is no complete line.
    func resume(_ range: EventRange) throws -> Written? {
        let end = try lineEnd(before: file.size)
        try file.truncate(to: end)
        guard end > 0 else { return nil }
        let first = try check(try firstLine(), "first")
        guard try firstSelected(in: range) == first else {
            throw refusal(
                "it begins at offset \(first), and this export does not; pass the filters that the file was started with"
            )
        }
        let start = try lineEnd(before: end - 1)
        let last = try check(try file.read(end - 1 - start, at: start), "last")
        let (lines, events) = (try lines(before: end), try events(in: range, through: last))
        guard (events...events + reader.damage.count).contains(lines) else {
            throw refusal(
                "up to offset \(last) it has \(Amount.counted(lines, "event")), and this export has \(events); pass the filters that the file was started with"
            )
        }
        return Written(events: lines, last: last)
    }

    /// The number of events that match the filters.
    private func events(in range: EventRange, through last: Offset) throws(ReadError) -> Int {
        var progress = ProgressBar("checking", total: last.rawValue - min(last, range.after).rawValue, unit: "events")
        defer { progress.clear() }
        var count = 0
        var reached = range.after
        while reached < last {
            reached = try reader.scan(after: reached, through: last) { _ in
                count += 1
                return true
            }
            progress.update(reached.rawValue - range.after.rawValue)
        }
        return count
    }

    private func firstSelected(in range: EventRange) throws(ReadError) -> Offset? {
        let reader = reader.ignoringDamage
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

    /// Checks a line, and returns its offset.
    private func check(_ line: [UInt8], _ ordinal: String) throws -> Offset {
        guard let (offset, format) = EventLine.origin(of: line) else {
            throw refusal("its \(ordinal) line is not an event")
        }
        guard format == writer.format else {
            throw refusal(
                "its format is \(format.rawValue), not \(writer.format.rawValue); pass --format \(format.rawValue)")
        }
        var own: [UInt8] = []
        var isSelected = false
        var writer = writer
        try reader.log.visit(offset) { view in
            own = writer.line(view)
            isSelected = reader.selection.filter.matches(view) && reader.selection.matches(view)
        }
        if own.isEmpty, offset < reader.log.first {
            throw refusal(
                "the event of its \(ordinal) line, offset \(offset), was removed from the log, which begins at offset \(reader.log.first); rename the file to keep its events"
            )
        }
        guard own == line else {
            throw refusal(
                "its \(ordinal) line, offset \(offset), is not the event at that offset of the log in \(reader.log.directory); the file belongs to another log"
            )
        }
        guard isSelected else {
            throw refusal(
                "its \(ordinal) line, offset \(offset), does not match the filters; pass the filters that the file was started with"
            )
        }
        return offset
    }

    private func refusal(_ reason: String) -> Failure {
        Failure(ExitStatus.refused, "\(file.path) cannot be continued: \(reason), or start again with --force")
    }

    /// The end of the last line that ends before `position`; 0 when there is none.
    private func lineEnd(before position: Int) throws(Failure) -> Int {
        var end = position
        while end > 0 {
            let start = max(0, end - Self.block)
            if let newline = try file.read(end - start, at: start).lastIndex(of: UInt8(ascii: "\n")) {
                return start + newline + 1
            }
            end = start
        }
        return 0
    }

    private func lines(before end: Int) throws(Failure) -> Int {
        var count = 0
        for start in stride(from: 0, to: end, by: Self.block) {
            for byte in try file.read(min(Self.block, end - start), at: start) where byte == UInt8(ascii: "\n") {
                count += 1
            }
        }
        return count
    }

    /// The first line; called only when there is a complete line.
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

/// `FILE.partial`, which is renamed to `FILE` when it is complete, so that `FILE` is never incomplete.
///
/// The file is locked while it is written: of two exports to one file, the second is refused.
final class PartialFile {
    let path: String
    let descriptor: Int32
    private let file: String
    private let replaces: Bool

    /// - Parameters:
    ///   - force: replaces existing files of both names.
    ///   - resume: opens the existing partial file instead of creating one.
    /// - Throws: `Failure`; with status `refused` when a file exists or is being written.
    init(_ file: String, force: Bool, resume: Bool) throws(Failure) {
        self.file = file
        replaces = force
        path = file + ".partial"
        if !force, access(file, F_OK) == 0 {
            throw Failure(
                ExitStatus.refused, "\(file) already exists; choose another file, or pass --force to replace it")
        }
        let flags = resume ? 0 : force ? O_CREAT : O_CREAT | O_EXCL
        descriptor = open(path, O_RDWR | O_CLOEXEC | flags, 0o640)
        guard descriptor >= 0 else { throw Self.problem(path, errno, resume: resume) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                ExitStatus.refused,
                "\(path) is being written by another export; wait until it ends, or choose another file")
        }
        // Another export may have renamed the file after it was opened here.
        guard isNamed else {
            throw Failure(
                ExitStatus.refused,
                "another export has just finished \(path): \(file) exists; choose another file, or pass --force to replace it"
            )
        }
        if !resume { ftruncate(descriptor, 0) }
    }

    /// Whether the open file is still the one at `path`.
    private var isNamed: Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && stat(path, &named) == 0 && open.st_ino == named.st_ino
            && open.st_dev == named.st_dev
    }

    deinit { close(descriptor) }

    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Truncates the file to `size` bytes; the next write is at the end.
    func truncate(to size: Int) throws(Failure) {
        guard ftruncate(descriptor, size) == 0, lseek(descriptor, 0, SEEK_END) == size else {
            throw failure("truncated", errno)
        }
    }

    /// Reads up to `count` bytes from `position`.
    func read(_ count: Int, at position: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + filled, count - filled, position + filled)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw failure("read", errno) }
            if result == 0 { break }
            filled += result
        }
        return Array(bytes[..<filled])
    }

    /// Syncs the file and renames it; after a power cut, one of the two names has a complete file.
    func finish() throws(Failure) {
        guard fsync(descriptor) == 0 else { throw failure("synced", errno) }
        if !replaces, access(file, F_OK) == 0 {
            throw Failure(
                ExitStatus.refused,
                "\(file) was created while the export ran; all events are in \(path), which you can rename")
        }
        guard rename(path, file) == 0 else { throw failure("renamed", errno) }
        let directory = open(Self.directory(of: file), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// The error of a failed system call.
    func failure(_ action: String, _ code: Int32) -> Failure {
        Failure(
            ExitStatus.unusable,
            "\(path) cannot be \(action): \(String(cString: strerror(code))); correct the cause and continue with --resume"
        )
    }

    private static func problem(_ path: String, _ code: Int32, resume: Bool) -> Failure {
        switch code {
        case EEXIST:
            Failure(
                ExitStatus.refused,
                "\(path) already exists, from an interrupted export; continue it with --resume, or start again with --force"
            )
        case ENOENT where resume:
            Failure(ExitStatus.refused, "there is no \(path) to continue; leave out --resume")
        default: Failure(ExitStatus.unusable, "\(path) cannot be opened: \(String(cString: strerror(code)))")
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
