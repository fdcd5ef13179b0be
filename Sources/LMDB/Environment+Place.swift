internal import Glibc

/// The identity of a file, which does not depend on its name.
package struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    /// - Throws: an `errno` of stat(2).
    package init(_ path: String) throws(LMDBError) {
        var status = stat()
        try check(stat(path, &status) == 0 ? 0 : errno, "stat", path)
        device = status.st_dev
        number = status.st_ino
    }

    /// - Parameter descriptor: an open file.
    /// - Throws: an `errno` of fstat(2).
    package init(descriptor: Int32) throws(LMDBError) {
        var status = stat()
        try check(fstat(descriptor, &status) == 0 ? 0 : errno, "fstat", "an open file")
        device = status.st_dev
        number = status.st_ino
    }
}

extension Environment {
    /// The paths of the data file and the lock file, each with its identity at opening.
    ///
    /// A read-only file system may have no lock file.
    static func files(in path: String) throws(LMDBError) -> [(path: String, identity: FileIdentity)] {
        let data = try FileIdentity(path + "/data.mdb")
        var files: [(path: String, identity: FileIdentity)] = [(path + "/data.mdb", data)]
        if let lock = try? FileIdentity(path + "/lock.mdb") { files.append((path + "/lock.mdb", lock)) }
        return files
    }

    /// Checks that the open files are still the ones in the directory; costs two system calls.
    ///
    /// A removed or replaced file can still be read and written without an error, and is lost when it is closed. With
    /// another lock file, other processes would not know what this process reads and writes.
    ///
    /// - Throws: `.displaced` when they are not; an `errno` when a file cannot be looked up.
    public func checkPlace() throws(LMDBError) {
        for file in files {
            let current: FileIdentity
            do throws(LMDBError) {
                current = try FileIdentity(file.path)
            } catch  where error.code.rawValue == ENOENT || error.code.rawValue == ENOTDIR {
                throw LMDBError(.displaced, call: "stat", subject: file.path)
            }
            guard current == file.identity else { throw LMDBError(.displaced, call: "stat", subject: file.path) }
        }
    }
}
