internal import Glibc
internal import LMDB

/// Makes sure that no process has a log open while its file is exchanged.
///
/// Every process that uses an LMDB environment holds a shared lock on the first byte of `lock.mdb` as long as it does,
/// and one that opens it waits for that lock (mdb.c, `mdb_env_excl_lock`). Whoever opened `data.mdb` before it waited
/// looks again which file that is (`Environment`).
enum ExclusiveAccess {
    /// - Parameter body: must not open the environment other than without locks.
    /// - Throws: `.inUse`, naming the process; what `body` threw.
    static func run(in directory: String, _ body: () throws(BackupError) -> Void) throws(BackupError) {
        let path = directory + "/lock.mdb"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw UnfinishedLog.failure("\(path) cannot be opened") }
        // Closing drops the lock, as would closing any other descriptor of the file in this process.
        defer { close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_len = 1
        guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
            var holder = lock
            let isKnown = fcntl(descriptor, F_GETLK, &holder) == 0 && holder.l_pid > 0
            throw BackupError(
                .inUse,
                "the log in \(directory) is open in \(isKnown ? "process \(holder.l_pid)" : "another process"); end that first"
            )
        }
        try body()
        try renewLocks(of: directory)
    }

    /// Lets `lock.mdb` know the new file's last transaction: only who opens it alone does that, and those who wait for
    /// the lock will not be alone. Our own lock is not in our way.
    private static func renewLocks(of directory: String) throws(BackupError) {
        do throws(LMDBError) {
            try Environment(directory: directory).close()
        } catch {
            throw BackupError(.failed, "the log in \(directory) cannot be opened: \(error.reason)")
        }
    }
}
