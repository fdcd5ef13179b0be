internal import CLMDB
internal import Glibc
internal import Synchronization

/// An LMDB environment: a directory with `data.mdb` and `lock.mdb`.
///
/// Transactions are closures, so none can cross an `await`, leave its thread
/// or be forgotten: a write transaction committed on another thread than it
/// was begun on would hang the next writer for good. Any number of reads run
/// at once; writes run one at a time over all processes. Do not nest
/// transactions on one thread.
///
/// The memory map grows by itself when it is full, up to
/// `Options.maximumMapSize`, and follows when another process grew it.
// `@unchecked`: the gate guards `handle` and `databases`; LMDB's own locks guard the rest.
public final class Environment: @unchecked Sendable {
    /// What an environment is opened with.
    public struct Options: Sendable {
        /// The first size of the map in bytes; the file is sparse and takes what it holds.
        public var mapSize = 1 << 34
        /// Writes fail with `.mapFull` beyond this many bytes.
        public var maximumMapSize = 1 << 42
        /// How many read transactions may be open at once, over all processes.
        public var maximumReaders: UInt32 = 1024
        /// How many named databases may be opened.
        public var maximumDatabases: UInt32 = 16
        /// Whether a commit reaches the disk before it returns, until `relax()`. Without it,
        /// call `sync()`; a power cut before that can damage the file.
        public var synchronous = true
        /// Opens for reading; `write` fails.
        public var readOnly = false
        /// Whether other processes may use the environment meanwhile. Without it nobody may write it.
        public var locks = true
        /// Whether opening frees the slots of readers whose process died. Without it they can be looked at first.
        public var clearsStaleReaders = true

        public init() {}
    }

    /// The directory, with symbolic links resolved.
    public let path: String
    /// Changes only before other threads use the environment.
    public private(set) var options: Options

    /// See `checkPlace`.
    let files: [(path: String, identity: FileIdentity)]
    let gate = MapGate()
    let processes: ProcessLocks
    /// Nil after `close`, and after opening the file again failed. Changes only while the gate is held alone.
    private var handle: OpaquePointer?
    /// Those that were opened, in that order; changes only before other threads use the environment.
    var databases: [(specification: Database.Specification, handle: MDB_dbi)] = []
    private let isOpen = Atomic(true)
    /// Whether LMDB has no map, or no file, any more: nothing may be asked of it.
    let isLost = Atomic(false)

    /// Opens the environment in `directory`, which must exist, and frees the
    /// slots of readers that died unless the options say otherwise.
    ///
    /// - Throws: `.alreadyOpen` when this process has it open; `.invalidFile`
    ///   when `data.mdb` is not LMDB's; `.corrupted` when its meta pages are
    ///   damaged, or are not of two commits that follow each other; `.versionMismatch`; or an `errno`.
    public init(directory: String, options: Options = Options()) throws(LMDBError) {
        let path = try OpenEnvironments.claim(directory)
        let handle: OpaquePointer
        do throws(LMDBError) {
            try MetaPage.check(path + "/data.mdb")
            handle = try Self.openCurrent(path, options)
            do throws(LMDBError) {
                files = try Self.files(in: path)
            } catch {
                mdb_env_close(handle)
                throw error
            }
        } catch {
            OpenEnvironments.release(path)
            throw error
        }
        self.path = path
        self.options = options
        self.handle = handle
        processes = ProcessLocks(path + "/lock.mdb")
        guard options.clearsStaleReaders else { return }
        var dead: Int32 = 0
        mdb_reader_check(handle, &dead)
    }

    deinit { close() }

    /// Closes the environment when the last running transaction has ended; later ones throw `.closed`.
    public func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        gate.alone {
            mdb_env_close(handle)  // does nothing for nil
            handle = nil
        }
        processes.close()
        OpenEnvironments.release(path)
    }

    /// Opens the file that is there when it is open: a reader opens it before it waits for the lock that whoever
    /// exchanges it holds, and may get the one before.
    private static func openCurrent(_ path: String, _ options: Options) throws(LMDBError) -> OpaquePointer {
        while true {
            let handle = try open(path, options)
            var descriptor: Int32 = -1
            var (own, named) = (stat(), stat())
            guard mdb_env_get_fd(handle, &descriptor) == MDB_SUCCESS, fstat(descriptor, &own) == 0,
                stat(path + "/data.mdb", &named) == 0,
                own.st_ino != named.st_ino
            else { return handle }
            mdb_env_close(handle)
        }
    }

    /// The data file as it is open.
    func dataDescriptor() throws(LMDBError) -> Int32 {
        var descriptor: Int32 = -1
        try check(mdb_env_get_fd(try opened(for: "mdb_env_get_fd"), &descriptor), "mdb_env_get_fd", path)
        return descriptor
    }

    private static func open(_ path: String, _ options: Options) throws(LMDBError) -> OpaquePointer {
        var created: OpaquePointer?
        try check(mdb_env_create(&created), "mdb_env_create", path)
        guard let handle = created else { preconditionFailure("mdb_env_create returned no environment") }
        do throws(LMDBError) {
            try check(mdb_env_set_mapsize(handle, options.mapSize), "mdb_env_set_mapsize", path)
            try check(mdb_env_set_maxreaders(handle, options.maximumReaders), "mdb_env_set_maxreaders", path)
            try check(mdb_env_set_maxdbs(handle, options.maximumDatabases), "mdb_env_set_maxdbs", path)
            // NOTLS: a read transaction belongs to its closure, not to its thread.
            var flags = UInt32(MDB_NOTLS)
            if options.readOnly { flags |= UInt32(MDB_RDONLY) }
            if !options.locks { flags |= UInt32(MDB_NOLOCK) }
            if !options.synchronous { flags |= UInt32(MDB_NOSYNC) }
            try check(mdb_env_open(handle, path, flags, 0o640), "mdb_env_open", path)
        } catch {
            mdb_env_close(handle)  // required even when opening failed (lmdb.h)
            throw error
        }
        return handle
    }

    /// From now on commits do not wait for the disk, as without `Options.synchronous`.
    ///
    /// Call it before other threads use the environment.
    public func relax() throws(LMDBError) {
        options.synchronous = false
        try check(
            mdb_env_set_flags(try opened(for: "mdb_env_set_flags"), UInt32(MDB_NOSYNC), 1), "mdb_env_set_flags", path)
    }

    /// Closes the file and opens it again; the caller holds the gate alone.
    func replaceHandle() throws(LMDBError) {
        guard isOpen.load(ordering: .acquiring) else { throw LMDBError(.closed, call: "mdb_env_open", subject: path) }
        // LMDB would create a file that is missing.
        try checkPlace()
        isLost.store(true, ordering: .releasing)
        mdb_env_close(handle)  // does nothing for nil
        handle = nil
        let opened = try Self.open(path, options)
        handle = opened
        try reopenDatabases(of: opened)
        isLost.store(false, ordering: .releasing)
    }

    /// The handle, while open.
    func opened(for call: @autoclosure () -> String) throws(LMDBError) -> OpaquePointer {
        guard isOpen.load(ordering: .acquiring), !isLost.load(ordering: .acquiring), let handle else {
            throw LMDBError(.closed, call: call(), subject: path)
        }
        return handle
    }
}

/// The identity of a file, which does not depend on its name.
struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    /// - Throws: an `errno` of stat(2).
    init(_ path: String) throws(LMDBError) {
        var status = stat()
        try check(stat(path, &status) == 0 ? 0 : errno, "stat", path)
        device = status.st_dev
        number = status.st_ino
    }
}

extension Environment {
    /// The paths of the data file and the lock file, each with its identity at opening.
    ///
    /// A read-only file system may have no lock file.
    static func files(in path: String) throws(LMDBError) -> [(path: String, identity: FileIdentity)] {
        let data = try FileIdentity(path + "/data.mdb")
        var files: [(path: String, identity: FileIdentity)] = [(path + "/data.mdb", data)]
        if let lock = try? FileIdentity(path + "/lock.mdb") { files.append((path + "/lock.mdb", lock)) }
        return files
    }

    /// Checks that the open files are still the ones in the directory; costs two system calls.
    ///
    /// A removed or replaced file can still be read and written without an error, and is lost when it is closed. With
    /// another lock file, other processes would not know what this process reads and writes.
    ///
    /// - Throws: `.displaced` when they are not; an `errno` when a file cannot be looked up.
    public func checkPlace() throws(LMDBError) {
        for file in files {
            let current: FileIdentity
            do throws(LMDBError) {
                current = try FileIdentity(file.path)
            } catch  where error.code.rawValue == ENOENT || error.code.rawValue == ENOTDIR {
                throw LMDBError(.displaced, call: "stat", subject: file.path)
            }
            guard current == file.identity else { throw LMDBError(.displaced, call: "stat", subject: file.path) }
        }
    }
}

/// The environments this process has open, by real path.
///
/// LMDB must not open one twice in a process: closing the second drops the
/// POSIX locks of the first (`lmdb.h`, "Caveats").
enum OpenEnvironments {
    private static let paths = Mutex<Set<String>>([])

    /// Claims `directory` and returns its real path.
    static func claim(_ directory: String) throws(LMDBError) -> String {
        guard let resolved = realpath(directory, nil) else {
            throw LMDBError(.init(rawValue: errno), call: "realpath", subject: directory)
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard paths.withLock({ $0.insert(path).inserted }) else {
            throw LMDBError(.alreadyOpen, call: "mdb_env_open", subject: path)
        }
        return path
    }

    static func release(_ path: String) {
        _ = paths.withLock { $0.remove(path) }
    }
}
