import EventLog
import Glibc

extension WriterHolder {
    /// The process that writes the log in `directory` now; nil when none does.
    ///
    /// The file that names it outlives it, and its process number may belong to
    /// another by then: the lock on the file is what counts.
    static func current(in directory: String) -> WriterHolder? {
        guard let holder = read(in: directory), kill(holder.process, 0) == 0 || errno == EPERM else { return nil }
        let descriptor = open(directory + "/writer.lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else {
            flock(descriptor, LOCK_UN)
            return nil
        }
        return holder
    }
}
