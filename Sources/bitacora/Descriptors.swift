import Glibc

/// The limit of file descriptors; each connection takes one.
enum Descriptors {
    /// How many descriptors a server needs for the log, event loops and sources of entropy.
    private static let reserve = 128

    /// Raises the limit of open files to the highest that needs no privilege, and returns the limit.
    @discardableResult
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return Int(clamping: isRaised ? limit.rlim_max : before)
    }

    /// How many connections a server can accept with `limit` descriptors; at least 1.
    static func connections(within limit: Int) -> Int { max(1, limit - reserve) }
}
