internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
    /// A used slot of the table of readers: an open read transaction of this or another process.
    public struct Reader: Hashable, Sendable {
        /// The id of the process.
        public let process: Int32
        /// The newest commit that the read transaction sees; nil when the transaction is just beginning.
        public let transaction: Int?
        /// Whether the process has died; ``Environment/clearStaleReaders()`` frees the slot.
        public let isStale: Bool
    }

    /// The open read transactions of all processes, in the order of their slots.
    ///
    /// Pages that were freed after the oldest read transaction began are not reused until that transaction ends. The cost
    /// is one system call for each transaction.
    ///
    /// - Throws: `.invalidFile` when the output of `mdb_reader_list` does not have the format of LMDB 0.9; `.closed` after
    ///   ``close()``.
    public func readers() throws(LMDBError) -> [Reader] {
        mapLock.lockShared()
        defer { mapLock.unlock() }
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
            Reader(
                process: slot.process, transaction: slot.transaction, isStale: try !processes.isOpen(in: slot.process))
        }
    }
}

/// The output of `mdb_reader_list`, the only function of LMDB that shows its readers.
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
        guard words(first) == title else { throw unknownFormat(first, path) }
        return try lines.dropFirst().map { line throws(LMDBError) in
            let words = words(line)
            guard words.count == 3, let process = Int32(words[0]), process > 0, UInt(words[1], radix: 16) != nil
            else { throw unknownFormat(line, path) }
            if words[2] == "-" { return Slot(process: process, transaction: nil) }
            guard let transaction = Int(words[2]), transaction >= 0 else { throw unknownFormat(line, path) }
            return Slot(process: process, transaction: transaction)
        }
    }

    private static func words(_ line: String) -> [String] {
        line.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static func unknownFormat(_ line: String, _ path: String) -> LMDBError {
        LMDBError(
            .invalidFile, call: "mdb_reader_list",
            subject: "\(path), which gave the line \"\(line.prefix { $0 != "\n" })\"")
    }
}

/// Finds out which processes have an environment open, in the way LMDB itself does.
///
/// Each reading process holds a record lock on the byte of `lock.mdb` whose offset is the process id. The system releases
/// the lock when the process ends, so a later process with the same id is not taken for the reader.
///
/// The file is opened for the first query and stays open: closing any descriptor of a file releases all record locks of
/// the process on the file (fcntl(2)), including those of LMDB.
final class ProcessLocks: Sendable {
    private let path: String
    private let descriptor = Mutex<Int32?>(nil)

    /// - Parameter path: the path of the lock file.
    init(_ path: String) { self.path = path }

    func isOpen(in process: Int32) throws(LMDBError) -> Bool {
        // F_GETLK does not report the locks of the calling process.
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

    /// Closes the lock file; call this only after LMDB has closed it.
    func close() {
        descriptor.withLock { descriptor in
            if let file = descriptor { Glibc.close(file) }
            descriptor = nil
        }
    }

    deinit { close() }
}
