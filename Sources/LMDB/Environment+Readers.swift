internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
    /// A slot of the table of readers: a read transaction that is open now, in this process or another.
    public struct Reader: Hashable, Sendable {
        public let process: Int32
        /// The newest commit it sees; nil when it is just about to begin.
        public let transaction: Int?
        /// Whether its process has died; `clearStaleReaders` frees its slot.
        public let isStale: Bool
    }

    /// The read transactions that are open now over all processes, in the order of their slots.
    ///
    /// Pages that were freed after the oldest of them began are not used again before it ends.
    /// Costs a system call for each.
    ///
    /// - Throws: `.invalidFile` when LMDB describes its table in words that are not those of 0.9.
    public func readers() throws(LMDBError) -> [Reader] {
        gate.enter()
        defer { gate.leave() }
        let environment = try opened(for: "mdb_reader_list")
        var lines: [String] = []
        let status = withUnsafeMutablePointer(to: &lines) { lines in
            mdb_reader_list(
                environment,
                { line, lines in
                    guard let line, let lines else { return -1 }
                    lines.assumingMemoryBound(to: [String].self).pointee.append(String(cString: line))
                    return 0
                }, lines)
        }
        try check(status, "mdb_reader_list", path)
        return try ReaderTable.slots(lines, path).map { slot throws(LMDBError) in
            Reader(process: slot.process, transaction: slot.transaction, isStale: try !processes.haveOpen(slot.process))
        }
    }
}

/// What `mdb_reader_list` says, which is the only way that LMDB lets others see its readers.
///
/// ```
///     pid     thread     txnid
///       4711 7f0c8a7fe6c0 1234
///       4712 7f0c8a7fe6c0 -
/// ```
enum ReaderTable {
    struct Slot: Equatable {
        let process: Int32
        let transaction: Int?
    }

    private static let title = ["pid", "thread", "txnid"]
    private static let emptyTables = ["(no active readers)\n", "(no reader locks)\n"]

    static func slots(_ lines: [String], _ path: String) throws(LMDBError) -> [Slot] {
        guard let first = lines.first else { return [] }
        if lines.count == 1, emptyTables.contains(first) { return [] }
        guard words(first) == title else { throw unknown(first, path) }
        return try lines.dropFirst().map { line throws(LMDBError) in
            let words = words(line)
            guard words.count == 3, let process = Int32(words[0]), process > 0, UInt(words[1], radix: 16) != nil
            else { throw unknown(line, path) }
            if words[2] == "-" { return Slot(process: process, transaction: nil) }
            guard let transaction = Int(words[2]), transaction >= 0 else { throw unknown(line, path) }
            return Slot(process: process, transaction: transaction)
        }
    }

    private static func words(_ line: String) -> [String] {
        line.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static func unknown(_ line: String, _ path: String) -> LMDBError {
        LMDBError(
            .invalidFile, call: "mdb_reader_list",
            subject: "\(path), which gave the line \"\(line.prefix { $0 != "\n" })\"")
    }
}

/// Tells which processes have an environment open, as LMDB tells it to itself.
///
/// Each process that reads holds a record lock on the byte of `lock.mdb` that
/// its number counts to. The system drops it when the process ends, so a number
/// that another process got since then deceives nobody.
///
/// The file is opened at the first question and stays open: closing any
/// descriptor of a file drops all record locks of the process on it (fcntl(2)),
/// those of LMDB too.
final class ProcessLocks: Sendable {
    private let path: String
    private let descriptor = Mutex<Int32?>(nil)

    /// - Parameter path: the lock file.
    init(_ path: String) { self.path = path }

    func haveOpen(_ process: Int32) throws(LMDBError) -> Bool {
        // One's own locks are never in one's way.
        if process == getpid() { return true }
        return try descriptor.withLock { descriptor throws(LMDBError) in
            let file = descriptor ?? open(path, O_RDWR | O_CLOEXEC)
            guard file >= 0 else { throw LMDBError(.init(rawValue: errno), call: "open", subject: path) }
            descriptor = file
            var lock = flock()
            lock.l_type = Int16(F_WRLCK)
            lock.l_whence = Int16(SEEK_SET)
            lock.l_start = Int(process)
            lock.l_len = 1
            guard fcntl(file, F_GETLK, &lock) == 0 else {
                throw LMDBError(.init(rawValue: errno), call: "fcntl", subject: path)
            }
            return lock.l_type != Int16(F_UNLCK)
        }
    }

    /// Only after LMDB has closed the file.
    func close() {
        descriptor.withLock { descriptor in
            if let file = descriptor { Glibc.close(file) }
            descriptor = nil
        }
    }

    deinit { close() }
}
