internal import Glibc
internal import Synchronization

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
