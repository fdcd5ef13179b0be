internal import Glibc
internal import LMDB

/// Exclusive access to a log: no process has it open while its file is replaced.
///
/// A process that uses an LMDB environment holds a shared lock on the first byte of `lock.mdb`, and a process that opens
/// the environment waits for that lock (mdb.c, `mdb_env_excl_lock`). A process that opened `data.mdb` before it waited
/// checks again which file that is (`Environment`).
enum ExclusiveAccess {
    /// Runs `body` while no other process has the log in `directory` open.
    ///
    /// - Parameter body: must not open the environment, except without locks.
    /// - Throws: `.inUse` with the process that has the log open; the error of `body`.
    static func run(in directory: String, _ body: () throws(BackupError) -> Void) throws(BackupError) {
        let path = directory + "/lock.mdb"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw UnfinishedLog.failure("\(path) cannot be opened") }
        // Closing this or any other descriptor of the file in this process releases the lock.
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
                "the log in \(directory) is open in \(isKnown ? "process \(holder.l_pid)" : "another process"); stop it first"
            )
        }
        try body()
        try renewLocks(of: directory)
    }

    /// Writes the last transaction of the new file into `lock.mdb`. LMDB does this only in a process that has the
    /// environment alone, and the processes that wait for the lock will not be alone. The lock of this process is not an
    /// obstacle.
    private static func renewLocks(of directory: String) throws(BackupError) {
        do throws(LMDBError) {
            try Environment(directory: directory).close()
        } catch {
            throw BackupError(.failed, "the log in \(directory) cannot be opened: \(error.reason)")
        }
    }
}
