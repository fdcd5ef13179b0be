internal import Glibc
internal import Synchronization

/// The environments this process has open, by real path.
///
/// LMDB must not open one twice in a process: closing the second drops the
/// POSIX locks of the first (`lmdb.h`, "Caveats").
enum OpenEnvironments {
    private static let paths = Mutex<Set<String>>([])

    /// Claims `directory` and returns its real path.
    static func claim(_ directory: String) throws(LMDBError) -> String {
        guard let resolved = realpath(directory, nil) else {
            throw LMDBError(.init(rawValue: errno), call: "realpath", subject: directory)
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard paths.withLock({ $0.insert(path).inserted }) else {
            throw LMDBError(.alreadyOpen, call: "mdb_env_open", subject: path)
        }
        return path
    }

    static func release(_ path: String) {
        _ = paths.withLock { $0.remove(path) }
    }
}
