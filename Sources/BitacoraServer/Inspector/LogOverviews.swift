import EventLog
import NIOPosix

/// The newest overview of the log, made off the threads that serve, and no more often than the log bears.
///
/// Visitors who ask while one is made get that one. After it was made it holds for a second, or ten times as long
/// as it took: however many ask of however large a log, a tenth of one core is spent on it.
actor LogOverviews {
    private let log: EventLog
    private var latest: (overview: LogOverview, until: ContinuousClock.Instant)?
    private var making: Task<LogOverview, any Error>?

    init(log: EventLog) { self.log = log }

    func current() async throws -> LogOverview {
        if let latest, latest.overview.statistics.head == log.head || latest.until > .now { return latest.overview }
        if let making { return try await making.value }
        let task = Task { [log] in try await NIOThreadPool.singleton.runIfActive { try LogOverview(of: log) } }
        making = task
        defer { making = nil }
        let started = ContinuousClock.now
        let overview = try await task.value
        latest = (overview, .now + max(.seconds(1), (.now - started) * 10))
        return overview
    }
}
