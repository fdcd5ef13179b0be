internal import Dispatch
internal import Glibc
internal import Synchronization

/// A log that is being made beside the place where it will be: `PATH.partial`, renamed at the end.
///
/// A process that is ended in the middle leaves the unfinished one, which is never taken for a log and which the next
/// attempt removes.
struct UnfinishedLog: ~Copyable {
    /// Where it will be.
    let destination: String
    /// Holds the claim to its directory, which ends with the process.
    private let claim: Int32
    var path: String { destination + ".partial" }
    var dataPath: String { path + "/data.mdb" }

    /// What a log, or the beginning of one, consists of.
    private static let names = ["data.mdb", "lock.mdb", "writer.lock"]

    /// Makes its directory, or takes the one that an earlier attempt left.
    ///
    /// - Parameter replaces: whether there is a log at the destination, whose place it is to take.
    /// - Throws: `.occupied` when there is something else at the destination, `.inUse` when another process is making
    ///   one there, `.failed`.
    init(for destination: String, replaces: Bool = false) throws(BackupError) {
        var place = destination[...]
        while place.count > 1, place.hasSuffix("/") { place = place.dropLast() }
        let destination = String(place)
        if !replaces { try Self.check(destination) }
        let claim = try Self.claim(destination + ".partial")
        self.destination = destination
        self.claim = claim
    }

    /// Makes the directory if need be, empties it, and keeps others out of it.
    private static func claim(_ path: String) throws(BackupError) -> Int32 {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            guard errno == ENOENT else { throw failure("\(path) cannot be made") }
            throw BackupError(
                .failed,
                "\(path.dropLast(".partial".count)) cannot be created because its parent directory is missing; create that first"
            )
        }
        let claim = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard claim >= 0 else { throw failure("\(path) cannot be opened") }
        guard flock(claim, LOCK_EX | LOCK_NB) == 0 else {
            close(claim)
            throw BackupError(
                .inUse, "\(path) is being made by another process; wait for it, or name another directory")
        }
        for name in names { unlink("\(path)/\(name)") }
        return claim
    }

    deinit { close(claim) }

    /// Nothing there, or an empty directory.
    private static func check(_ destination: String) throws(BackupError) {
        var status = stat()
        guard lstat(destination, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, rmdir(destination) == 0 else {
            throw BackupError(.occupied, "\(destination) is there already; name a new directory")
        }
    }

    /// Opens its data file, which must not exist, for writing.
    func createData() throws(BackupError) -> Int32 {
        let descriptor = open(dataPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Self.failure("\(dataPath) cannot be made") }
        return descriptor
    }

    /// Makes it the file of whoever owns another, so that they can use it in its place.
    func takeOwner(of other: String) throws(BackupError) {
        var status = stat()
        guard stat(other, &status) == 0, chown(dataPath, status.st_uid, status.st_gid) == 0,
            chmod(dataPath, status.st_mode & 0o7777) == 0
        else { throw Self.failure("\(dataPath) cannot be given to the owner of \(other)") }
    }

    /// Puts it in its place, durably.
    func finish() throws(BackupError) {
        try clean()
        guard rename(path, destination) == 0 else { throw Self.failure("\(path) cannot be renamed to \(destination)") }
        try Self.syncDirectory(Self.parent(of: destination))
    }

    /// Removes what is made by looking at it; a log has those files when somebody uses it.
    func clean() throws(BackupError) {
        for name in ["lock.mdb", "writer.lock"] { unlink("\(path)/\(name)") }
        try Self.syncDirectory(path)
    }

    /// Takes it away, if it is there.
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
    /// Puts it in the place of the log that is at its destination, which stays under another name, durably.
    ///
    /// ```
    ///                 1. rename   2. exchange
    /// PATH.partial    new ──┐
    /// PATH            old   │     ┌─ new
    /// name                  └ new ┴─ old
    /// ```
    /// So there is a whole log at the destination at every moment, and what is removed as unfinished by the next attempt
    /// is never the old one. Where the file system cannot exchange, it takes two more renames, and there is none between
    /// them.
    ///
    /// - Parameter name: beside the destination, where nothing is yet.
    /// - Throws: `.failed`; the old one is at the destination then.
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

    /// Exchanges two names: 0, or the error's number.
    ///
    /// Looked up, since the header that declares `renameat2` (Linux 3.15, rename(2)) hides it from Swift.
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

/// Has the system put a growing file on the disk while it grows, so that the sync at its end has little left to do.
///
/// By itself the system waits for seconds before it begins, and the disk with it.
final class BackgroundSync: Sendable {
    private static let interval = DispatchTimeInterval.milliseconds(20)

    private let stopping = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let failure = Mutex<Int32>(0)

    /// - Parameter descriptor: of the file, open until `end()`.
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

    /// Stops; what was written last is still to be synced.
    ///
    /// - Returns: the `errno` of a sync that failed, or 0: the system tells a failure once, so a later sync may go well.
    func end() -> Int32 {
        stopping.signal()
        ended.wait()
        return failure.withLock { $0 }
    }
}
