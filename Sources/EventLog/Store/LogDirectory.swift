internal import Glibc

/// Checks of the directory of a log before LMDB opens its files.
enum LogDirectory {
    /// Creates the directory if its parent exists; refuses a directory that contains something else.
    static func prepareForWriting(_ path: String) throws(OpenError) {
        if mkdir(path, 0o750) == 0 { return }
        guard errno != ENOENT else {
            throw OpenError(
                .inaccessible,
                "the directory \(path) cannot be created because its parent directory is missing; create that first, or name another directory"
            )
        }
        guard errno == EEXIST else {
            throw OpenError(
                .inaccessible, "the directory \(path) cannot be created: \(String(cString: strerror(errno)))")
        }
        let names = try contents(of: path)
        // A crash in the first moments of a log leaves these files without `data.mdb`.
        guard names.contains("data.mdb") || Set(names).isSubset(of: ["writer.lock", "lock.mdb"]) else {
            throw OpenError(.notALog, "\(path) is not empty and contains no log; name an empty or a new directory")
        }
        guard access(path, W_OK) == 0 else {
            throw OpenError(
                .inaccessible, "the directory \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        if stat(path + "/data.mdb", &status) == 0 { try checkKind(status, path) }
    }

    static func checkForReading(_ path: String) throws(OpenError) {
        var status = stat()
        guard stat(path + "/data.mdb", &status) == 0 else {
            switch errno {
            case ENOENT: throw missing(path)
            case ENOTDIR: throw notADirectory(path)
            default:
                throw OpenError(.inaccessible, "\(path)/data.mdb cannot be read: \(String(cString: strerror(errno)))")
            }
        }
        try checkKind(status, path)
        // A crash in the first moments of a log leaves an empty file.
        if status.st_size == 0 {
            try checkUnused(path)
            throw missing(path)
        }
        guard access(path + "/data.mdb", R_OK) == 0 else {
            throw OpenError(.inaccessible, "\(path)/data.mdb cannot be read: \(String(cString: strerror(errno)))")
        }
        guard
            access(path + "/lock.mdb", R_OK | W_OK) == 0 || (errno == ENOENT && access(path, W_OK) == 0)
                || errno == EROFS
        else {
            throw OpenError(
                .inaccessible,
                "\(path)/lock.mdb cannot be written, and readers must register in it: \(String(cString: strerror(errno))); run as a user with write access to it"
            )
        }
    }

    private static func checkKind(_ status: stat, _ path: String) throws(OpenError) {
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OpenError(.notALog, "\(path)/data.mdb is not a file; name another directory")
        }
    }

    /// Refuses a directory whose data file is missing or empty while other files show that its log was in use: a new log
    /// there would look like a log that lost all its events.
    ///
    /// A writer calls this with the lock held, because another process may be creating the log.
    static func checkUnused(_ path: String) throws(OpenError) {
        guard !hasData(path) else { return }
        if let other = try contents(of: path).filter({ !["data.mdb", "writer.lock", "lock.mdb"].contains($0) }).min() {
            throw OpenError(
                .damaged,
                "\(path)/data.mdb is missing or empty, but \(other) beside it shows that the log was in use; move the directory away and restore the log from a backup, or create a new log in another directory"
            )
        }
        if let log = WriterLock.logID(in: path) {
            throw OpenError(
                .damaged,
                "\(path)/data.mdb is missing or empty, but writer.lock beside it belongs to the log \(log); move the directory away and restore the log from a backup, or create a new log in another directory"
            )
        }
    }

    /// Whether this path to the directory is on a read-only file system.
    static func isReadOnly(_ path: String) -> Bool { access(path, W_OK) != 0 && errno == EROFS }

    /// Whether there is a data file that is not empty.
    static func hasData(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "/data.mdb", &status) == 0 && status.st_size > 0
    }

    private static func missing(_ path: String) -> OpenError {
        OpenError(
            .missing, "there is no log in \(path); `bitacora serve` creates one, or name its directory with --data")
    }

    private static func notADirectory(_ path: String) -> OpenError {
        OpenError(.notALog, "\(path) is not a directory; name the directory of a log")
    }

    private static func contents(of path: String) throws(OpenError) -> [String] {
        guard let directory = opendir(path) else {
            guard errno != ENOTDIR else { throw notADirectory(path) }
            throw OpenError(
                .inaccessible, "the directory \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // The root of a new file system contains `lost+found`.
            if ![".", "..", "lost+found"].contains(name) { names.append(name) }
        }
        return names
    }
}
