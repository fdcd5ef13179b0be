internal import Dispatch
internal import Glibc
internal import Synchronization

/// A log that is being written to `PATH.partial`, and renamed to `PATH` at the end.
///
/// A process that is killed in between leaves the unfinished log. It is never used as a log, and the next attempt removes
/// it.
struct UnfinishedLog: ~Copyable {
    /// The path of the finished log.
    let destination: String
    /// The descriptor of the directory, with a lock that ends with the process.
    private let lock: Int32
    var path: String { destination + ".partial" }
    var dataPath: String { path + "/data.mdb" }

    /// The files of a log, or of an unfinished one.
    private static let names = ["data.mdb", "lock.mdb", "writer.lock"]

    /// Creates the directory, or uses the one that an earlier attempt left.
    ///
    /// - Parameter replaces: whether there is a log at the destination, which the new one will replace.
    /// - Throws: `.occupied` when there is something at the destination, and `replaces` is false; `.inUse` when another
    ///   process is writing a log to this destination; `.failed`.
    init(for destination: String, replaces: Bool = false) throws(BackupError) {
        var path = destination[...]
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        let destination = String(path)
        if !replaces { try Self.check(destination) }
        let lock = try Self.prepare(destination + ".partial")
        self.destination = destination
        self.lock = lock
    }

    /// Creates the directory if it is missing, locks it, and empties it.
    private static func prepare(_ path: String) throws(BackupError) -> Int32 {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            guard errno == ENOENT else { throw failure("\(path) cannot be created") }
            throw BackupError(
                .failed,
                "\(path.dropLast(".partial".count)) cannot be created because its parent directory is missing; create that first"
            )
        }
        let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw failure("\(path) cannot be opened") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw BackupError(
                .inUse, "\(path) is being written by another process; wait for it, or name another directory")
        }
        for name in names { unlink("\(path)/\(name)") }
        return lock
    }

    deinit { close(lock) }

    /// Checks that there is nothing at the destination; removes an empty directory.
    private static func check(_ destination: String) throws(BackupError) {
        var status = stat()
        guard lstat(destination, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, rmdir(destination) == 0 else {
            throw BackupError(.occupied, "\(destination) already exists; name a new directory")
        }
    }

    /// Creates the data file, which must not exist, and opens it for writing.
    func createData() throws(BackupError) -> Int32 {
        let descriptor = open(dataPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Self.failure("\(dataPath) cannot be created") }
        return descriptor
    }

    /// Gives the data file the owner and the permissions of another file, which it will replace.
    func takeOwner(of other: String) throws(BackupError) {
        var status = stat()
        guard stat(other, &status) == 0, chown(dataPath, status.st_uid, status.st_gid) == 0,
            chmod(dataPath, status.st_mode & 0o7777) == 0
        else { throw Self.failure("\(dataPath) cannot be given to the owner of \(other)") }
    }

    /// Durably renames the log to its destination.
    func finish() throws(BackupError) {
        try clean()
        guard rename(path, destination) == 0 else { throw Self.failure("\(path) cannot be renamed to \(destination)") }
        try Self.syncDirectory(Self.parent(of: destination))
    }

    /// Removes the lock files that verifying the log has created.
    func clean() throws(BackupError) {
        for name in ["lock.mdb", "writer.lock"] { unlink("\(path)/\(name)") }
        try Self.syncDirectory(path)
    }

    /// Removes the unfinished log, if there is one.
    func remove() {
        for name in Self.names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    static func sync(_ descriptor: Int32, _ path: String) throws(BackupError) {
        guard fsync(descriptor) == 0 else { throw failure("\(path) cannot be synced") }
    }

    static func syncDirectory(_ path: String) throws(BackupError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("\(path) cannot be opened") }
        defer { close(descriptor) }
        try sync(descriptor, path)
    }

    static func failure(_ what: String) -> BackupError {
        BackupError(.failed, "\(what): \(String(cString: strerror(errno)))")
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension UnfinishedLog {
    /// Durably puts the new log in the place of the log at its destination, which stays under another name.
    ///
    /// ```
    ///                 1. rename   2. exchange
    /// PATH.partial    new ──┐
    /// PATH            old   │     ┌─ new
    /// name                  └ new ┴─ old
    /// ```
    /// So there is a whole log at the destination at every moment, and the next attempt never removes the old log as an
    /// unfinished one. Where the file system cannot exchange names, two more renames are needed, and between them there is
    /// no log at the destination.
    ///
    /// - Parameter name: an unused path beside the destination.
    /// - Throws: `.failed`; the old log is at the destination then.
    func finish(keepingAs name: String) throws(BackupError) {
        try clean()
        guard rename(path, name) == 0 else { throw Self.failure("\(path) cannot be renamed to \(name)") }
        let code = Self.exchange(name, destination)
        if code != 0 {
            rename(name, path)
            guard [EINVAL, ENOSYS, EOPNOTSUPP].contains(code) else {
                errno = code
                throw Self.failure("\(path) and \(destination) cannot be exchanged")
            }
            try moveAside(name)
        }
        try Self.syncDirectory(Self.parent(of: destination))
    }

    /// Exchanges two names.
    ///
    /// Swift cannot see the declaration of `renameat2` (Linux 3.15, rename(2)), so the function is looked up by its name.
    ///
    /// - Returns: 0, or the error number.
    private static func exchange(_ one: String, _ other: String) -> Int32 {
        typealias Call = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
        let exchange: UInt32 = 2
        guard let symbol = dlsym(nil, "renameat2") else { return ENOSYS }
        return unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, one, AT_FDCWD, other, exchange) == 0 ? 0 : errno
    }

    private func moveAside(_ name: String) throws(BackupError) {
        guard rename(destination, name) == 0 else { throw Self.failure("\(destination) cannot be renamed to \(name)") }
        guard rename(path, destination) == 0 else {
            let code = errno
            rename(name, destination)
            errno = code
            throw Self.failure("\(path) cannot be renamed to \(destination)")
        }
    }
}

/// Syncs a growing file while it grows, on a thread of its own, so that the sync at its end has little left to do.
///
/// Otherwise the system waits for seconds before it begins to write, and the disk is idle.
final class BackgroundSync: Sendable {
    private static let interval = DispatchTimeInterval.milliseconds(20)

    private let stopping = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let failure = Mutex<Int32>(0)

    /// - Parameter descriptor: the file, which must stay open until `end()`.
    init(of descriptor: Int32) {
        Thread.start { [self] in
            while stopping.wait(timeout: .now() + Self.interval) == .timedOut {
                guard fdatasync(descriptor) != 0 else { continue }
                let reason = errno
                failure.withLock { $0 = reason }
                break
            }
            ended.signal()
        }
    }

    /// Stops the thread. The caller syncs the last bytes.
    ///
    /// - Returns: the `errno` of a sync that failed, or 0. The system reports a failure once, so a later sync may succeed.
    func end() -> Int32 {
        stopping.signal()
        ended.wait()
        return failure.withLock { $0 }
    }
}
