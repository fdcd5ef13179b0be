internal import CLMDB
internal import Glibc
internal import Synchronization

/// An LMDB environment: a directory with `data.mdb` and `lock.mdb`.
///
/// A transaction is a closure (``read(_:)``, ``write(_:)``), so it cannot cross an `await`, move to another thread or
/// stay open by mistake. LMDB requires this: a write transaction that is committed on another thread than the one that
/// began it blocks the next writer forever. Any number of reads run at the same time; writes run one at a time across
/// all processes. Do not nest transactions on one thread.
///
/// The memory map is doubled when it is full, up to ``Options/maximumMapSize``, and adopts the size that another process
/// has set.
///
/// ## Topics
///
/// ### Opening and closing
/// - ``init(directory:options:)``
/// - ``Options``
/// - ``options``
/// - ``path``
/// - ``disableSync()``
/// - ``close()``
///
/// ### Databases
/// - ``openDatabases(_:)``
/// - ``createDatabases(_:filling:)``
/// - ``databaseCount()``
///
/// ### Transactions
/// - ``read(_:)``
/// - ``write(_:)``
/// - ``Ending``
///
/// ### Readers
/// - ``readers()``
/// - ``Reader``
/// - ``clearStaleReaders()``
///
/// ### Maintenance
/// - ``information()``
/// - ``Information``
/// - ``freePages()``
/// - ``missingBytes()``
/// - ``sync()``
/// - ``copy(to:)``
/// - ``checkStructure(progress:)``
///
/// ### Recovery after errors
/// - ``checkFiles()``
/// - ``reopen()``
/// - ``rewriteMetaPages()``
// `@unchecked`: `mapLock` guards `handle` and `databases`; LMDB's own locks guard the rest.
public final class Environment: @unchecked Sendable {
    /// The options with which an environment is opened.
    public struct Options: Sendable {
        /// The initial size of the memory map, in bytes. The file is sparse: it takes only the space of its content.
        public var mapSize = 1 << 34
        /// The largest size of the memory map, in bytes. A write that needs more fails with `.mapFull`.
        public var maximumMapSize = 1 << 42
        /// The largest number of read transactions that can be open at the same time, across all processes. The process
        /// that creates the lock file sets the number.
        public var maximumReaders: UInt32 = 1024
        /// The largest number of named databases that can be open.
        public var maximumDatabases: UInt32 = 16
        /// Whether a commit is on the disk before `write` returns. When this is false, call `sync()`; a power failure
        /// before that can damage the file.
        public var synchronous = true
        /// Whether the environment is opened for reading only; `write` then fails with `EACCES`.
        public var readOnly = false
        /// Whether LMDB's lock file is used. When this is false, no process may write to the environment while it is open.
        public var locks = true
        /// Whether opening frees the slots of readers whose process has died. Set this to false to list them first with
        /// ``Environment/readers()``.
        public var clearsStaleReaders = true

        /// Options for a synchronous environment that can be read and written.
        public init() {}
    }

    /// The directory, with symbolic links resolved.
    public let path: String
    /// The options of the environment; only ``disableSync()`` changes them.
    public private(set) var options: Options

    /// The open files, for `checkFiles`.
    let files: [(path: String, identity: FileIdentity)]
    let mapLock = MapLock()
    let processes: ProcessLocks
    /// Nil after `close`, and after a failed `reopen`. Changes only while `mapLock` is held exclusively.
    private var handle: OpaquePointer?
    /// The open databases in the order of opening. Changes only before other threads use the environment.
    var databases: [(specification: Database.Specification, handle: MDB_dbi)] = []
    private let isOpen = Atomic(true)
    /// Whether LMDB has no memory map or no file, so that no call to it is allowed.
    let isUnusable = Atomic(false)

    /// Opens the environment in a directory, and creates its files if they do not exist.
    ///
    /// - Parameters:
    ///   - directory: the path of an existing directory.
    ///   - options: how to open the environment.
    /// - Throws: `.alreadyOpen` when this process has the environment open; `.invalidFile` when `data.mdb` is not an LMDB
    ///   file; `.corrupted` when its meta pages are damaged or do not belong to two consecutive commits;
    ///   `.versionMismatch` when the file has another format version; or an `errno`.
    public init(directory: String, options: Options = Options()) throws(LMDBError) {
        let path = try OpenEnvironments.reserve(directory)
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

    /// Closes the environment after the last running transaction has ended. Later calls throw `.closed`; a second `close`
    /// does nothing.
    public func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        mapLock.withExclusive {
            mdb_env_close(handle)  // does nothing for nil
            handle = nil
        }
        processes.close()
        OpenEnvironments.release(path)
    }

    /// Opens the environment, and opens it again when `data.mdb` was replaced during the opening.
    ///
    /// A reader opens the file before it waits for the lock of a process that replaces the file, so it can get the old
    /// file.
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

    /// The descriptor of the open data file.
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

    /// Turns ``Options/synchronous`` off: later commits do not wait for the disk.
    ///
    /// Call this before other threads use the environment.
    ///
    /// - Throws: `.closed` after ``close()``.
    public func disableSync() throws(LMDBError) {
        options.synchronous = false
        try check(
            mdb_env_set_flags(try opened(for: "mdb_env_set_flags"), UInt32(MDB_NOSYNC), 1), "mdb_env_set_flags", path)
    }

    /// Closes the file and opens it again. The caller holds `mapLock` exclusively.
    func replaceHandle() throws(LMDBError) {
        guard isOpen.load(ordering: .acquiring) else { throw LMDBError(.closed, call: "mdb_env_open", subject: path) }
        // LMDB would create a file that is missing.
        try checkFiles()
        isUnusable.store(true, ordering: .releasing)
        mdb_env_close(handle)  // does nothing for nil
        handle = nil
        let opened = try Self.open(path, options)
        handle = opened
        try reopenDatabases(of: opened)
        isUnusable.store(false, ordering: .releasing)
    }

    /// The handle of the open environment.
    ///
    /// - Throws: `.closed`, with the name of the call for which the handle is needed.
    func opened(for call: @autoclosure () -> String) throws(LMDBError) -> OpaquePointer {
        guard isOpen.load(ordering: .acquiring), !isUnusable.load(ordering: .acquiring), let handle else {
            throw LMDBError(.closed, call: call(), subject: path)
        }
        return handle
    }
}

/// The identity of a file, which does not depend on its name.
package struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    /// - Throws: an `errno` of stat(2).
    package init(_ path: String) throws(LMDBError) {
        var status = stat()
        try check(stat(path, &status) == 0 ? 0 : errno, "stat", path)
        device = status.st_dev
        number = status.st_ino
    }

    /// - Parameter descriptor: an open file.
    /// - Throws: an `errno` of fstat(2).
    package init(descriptor: Int32) throws(LMDBError) {
        var status = stat()
        try check(fstat(descriptor, &status) == 0 ? 0 : errno, "fstat", "an open file")
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

    /// Checks that the open files are still the files in the directory, at the cost of two system calls.
    ///
    /// A removed or replaced file can still be read and written without an error, but its content is lost when the file
    /// is closed. With a replaced lock file, other processes do not see the transactions of this process.
    ///
    /// - Throws: `.displaced` when a file was removed or replaced; an `errno` when its state cannot be read.
    public func checkFiles() throws(LMDBError) {
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

/// The environments that this process has open, by their real paths.
///
/// A process must not open an environment twice: closing the second handle drops the POSIX locks of the first
/// (`lmdb.h`, "Caveats").
enum OpenEnvironments {
    private static let paths = Mutex<Set<String>>([])

    /// Reserves `directory` for one environment and returns its real path.
    ///
    /// - Throws: `.alreadyOpen` when it is reserved; an `errno` when the directory does not exist.
    static func reserve(_ directory: String) throws(LMDBError) -> String {
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
