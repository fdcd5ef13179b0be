internal import Glibc

/// Makes sure that no process has a log open while its file is exchanged.
///
/// Every process that uses an LMDB environment holds a shared lock on the first byte of `lock.mdb` as long as it does
/// (mdb.c, `mdb_env_excl_lock`), and one that opens it waits for that lock before it opens `data.mdb`.
enum Exclusion {
    /// - Throws: `.inUse`, naming the process; what `body` threw.
    static func alone(with directory: String, _ body: () throws(BackupError) -> Void) throws(BackupError) {
        let path = directory + "/lock.mdb"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw UnfinishedLog.failure("\(path) cannot be opened") }
        // Closing drops the lock. This process has no environment open there, whose lock would go with it.
        defer { close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_len = 1
        guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
            var holder = lock
            let isKnown = fcntl(descriptor, F_GETLK, &holder) == 0 && holder.l_pid > 0
            throw BackupError(.inUse, "the log in \(directory) is open in \(isKnown ? "process \(holder.l_pid)" : "another process"); end that first")
        }
        try body()
    }
}
