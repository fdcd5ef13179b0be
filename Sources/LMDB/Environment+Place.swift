internal import Glibc

/// Which file a name stands for.
struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    /// - Throws: an `errno`.
    init(_ path: String) throws(LMDBError) {
        var status = stat()
        try check(stat(path, &status) == 0 ? 0 : errno, "stat", path)
        device = status.st_dev
        number = status.st_ino
    }
}

extension Environment {
    /// The names that were opened, with the files that they stood for then.
    ///
    /// There is no lock file where nobody can write one.
    static func files(in path: String) throws(LMDBError) -> [(path: String, identity: FileIdentity)] {
        let data = try FileIdentity(path + "/data.mdb")
        var files: [(path: String, identity: FileIdentity)] = [(path + "/data.mdb", data)]
        if let lock = try? FileIdentity(path + "/lock.mdb") { files.append((path + "/lock.mdb", lock)) }
        return files
    }

    /// Throws unless the files that are open are still the ones in the directory; costs two system calls.
    ///
    /// The system writes and reads a file that was removed or replaced on without an error, and drops it when it is
    /// closed. With another lock file other processes would not know what this one reads and writes.
    ///
    /// - Throws: `.displaced`, or an `errno` when the directory cannot be looked at.
    public func checkPlace() throws(LMDBError) {
        for file in files {
            let current: FileIdentity
            do throws(LMDBError) {
                current = try FileIdentity(file.path)
            } catch where error.code.rawValue == ENOENT || error.code.rawValue == ENOTDIR {
                throw LMDBError(.displaced, call: "stat", subject: file.path)
            }
            guard current == file.identity else { throw LMDBError(.displaced, call: "stat", subject: file.path) }
        }
    }
}
