import Glibc

/// File descriptors: each connection is one.
enum Descriptors {
    /// What a server has open beside its connections: the log, event loops, sources of entropy.
    private static let reserve = 128

    /// Takes as many as the system gives without asking; answers how many that are.
    @discardableResult
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return Int(clamping: isRaised ? limit.rlim_max : before)
    }

    /// How many connections a server can have with `limit` descriptors.
    static func connections(within limit: Int) -> Int { max(1, limit - reserve) }
}
