import EventLog
import NIOPosix

/// The newest overview of the log, made off the threads that serve, and no more often than the log bears.
///
/// Visitors who ask while one is made get that one. After it was made it holds for a second, or ten times as long
/// as it took: however many ask of however large a log, a tenth of one core is spent on it.
actor LogOverviews {
    private let log: EventLog
    private let now: @Sendable () -> ContinuousClock.Instant
    private var latest: (overview: LogOverview, until: ContinuousClock.Instant)?
    private var making: Task<LogOverview, any Error>?

    init(log: EventLog, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.log = log
        self.now = now
    }

    func current() async throws -> LogOverview {
        if let latest, isOfNow(latest.overview.statistics) || latest.until > now() { return latest.overview }
        if let making { return try await making.value }
        let task = Task { [log] in try await NIOThreadPool.singleton.runIfActive { try LogOverview(of: log) } }
        making = task
        defer { making = nil }
        let started = now()
        let overview = try await task.value
        let ended = now()
        latest = (overview, ended + max(.seconds(1), (ended - started) * 10))
        return overview
    }

    /// Appends move the head, and trims the first event; nothing else changes what is in a log.
    private func isOfNow(_ statistics: EventLog.Statistics) -> Bool {
        statistics.head == log.head && statistics.first == log.first
    }
}
