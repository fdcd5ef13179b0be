internal import Glibc

/// Checks on the directory of a log before LMDB touches it.
enum LogDirectory {
    /// Makes the directory when its parent exists; refuses one that holds something else.
    static func prepareForWriting(_ path: String) throws(OpenError) {
        if mkdir(path, 0o750) == 0 { return }
        guard errno != ENOENT else {
            throw OpenError(
                .inaccessible,
                "the directory \(path) cannot be made where its parent is missing; make that first, or name another")
        }
        guard errno == EEXIST else {
            throw OpenError(.inaccessible, "the directory \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        let names = try contents(of: path)
        // Without `data.mdb` the others are what a crash in the first moment leaves.
        guard names.contains("data.mdb") || Set(names).isSubset(of: ["writer.lock", "lock.mdb"]) else {
            throw OpenError(.notALog, "\(path) is not empty and holds no log; name an empty or a new directory")
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
            case ENOTDIR: throw OpenError(.notALog, "\(path) cannot hold a log: it is not a directory")
            default:
                throw OpenError(.inaccessible, "\(path)/data.mdb cannot be read: \(String(cString: strerror(errno)))")
            }
        }
        try checkKind(status, path)
        // An empty file is what a crash in the first moment leaves.
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
                "\(path)/lock.mdb cannot be written, where readers say what they read: \(String(cString: strerror(errno))); run as a user who may"
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

    /// Whether nobody can write in the directory, by this path to it.
    static func isReadOnly(_ path: String) -> Bool { access(path, W_OK) != 0 && errno == EROFS }

    /// Whether there is a file that is not empty.
    static func hasData(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "/data.mdb", &status) == 0 && status.st_size > 0
    }

    private static func missing(_ path: String) -> OpenError {
        OpenError(.missing, "there is no log in \(path); `bitacora serve` makes one, or name its directory with --data")
    }

    private static func contents(of path: String) throws(OpenError) -> [String] {
        guard let directory = opendir(path) else {
            let reason = errno == ENOTDIR ? "it is not a directory" : String(cString: strerror(errno))
            throw OpenError(errno == ENOTDIR ? .notALog : .inaccessible, "\(path) cannot hold a log: \(reason)")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // The last one is in the root of a new file system.
            if ![".", "..", "lost+found"].contains(name) { names.append(name) }
        }
        return names
    }
}
