import EventLog
import JSON
import NIOPosix

/// What is in the log, by topic, by type and over time; what `bitacora log stats` and `log topics` tell.
struct LogOverview: Sendable {
    /// How many topics and types are named, the largest first; of the others only their number is told.
    static let maximumNames = 100

    struct Count: Hashable, Sendable {
        let name: String
        let events: Int
    }

    let log: LogID
    let durability: Durability
    let statistics: EventLog.Statistics
    let topics: [Count]
    /// Of all topics.
    let topicCount: Int
    let types: [Count]
    let typeCount: Int
    /// Nil when the log is empty.
    let histogram: Histogram?

    /// Costs a step for each topic and type, and some lookups.
    init(of log: EventLog) throws(ReadError) {
        self.log = log.id
        durability = log.durability
        statistics = try log.statistics()
        let topics = try log.topics()
        let types = try log.types()
        topicCount = topics.count
        typeCount = types.count
        self.topics = Self.largest(topics.map { Count(name: $0.name, events: $0.events) })
        self.types = Self.largest(types.map { Count(name: $0.name, events: $0.events) })
        histogram = try Histogram(of: log, through: statistics.head)
    }

    private static func largest(_ counts: [Count]) -> [Count] {
        Array(counts.sorted { $0.events > $1.events }.prefix(maximumNames))
    }

    /// The answer of `GET /api/log`; fields may be added, none goes.
    ///
    /// | field | what it is |
    /// |---|---|
    /// | `log`, `created`, `durability` | the log's id, when it was made, when its commits reach the disk |
    /// | `position`, `first`, `head`, `events` | where it is; the first and last offset; how many events |
    /// | `firstTime`, `lastTime` | of the first and last event, or null |
    /// | `bytes`, `maximumBytes` | what its file uses, and where it stops growing |
    /// | `topics`, `types` | `{name, events}` of the largest hundred |
    /// | `topicCount`, `typeCount` | of all, so that it shows how many are left out |
    /// | `histogram` | `{start, seconds, counts}`: events in stretches of so many seconds from a time on; null when empty |
    /// | `snapshots` | `{name, offset, bytes}` of each stored state of a projection |
    var json: JSONValue {
        [
            "log": .string("\(log)"), "position": .string("\(Position(log: log, offset: statistics.head))"),
            "created": .string("\(statistics.created)"), "durability": .string("\(durability)"),
            "first": .offset(statistics.first), "head": .offset(statistics.head), "events": .integer(statistics.events),
            "firstTime": statistics.firstTime.map { .string("\($0)") } ?? .null,
            "lastTime": statistics.lastTime.map { .string("\($0)") } ?? .null,
            "bytes": .integer(statistics.bytes), "maximumBytes": .integer(statistics.maximumBytes),
            "topicCount": .integer(topicCount), "topics": Self.json(topics), "typeCount": .integer(typeCount),
            "types": Self.json(types),
            "histogram": histogram.map { histogram in
                [
                    "start": .string("\(histogram.begin(0))"), "seconds": .integer(Int(histogram.width)),
                    "counts": .array(histogram.counts.map(JSONValue.integer)),
                ]
            } ?? .null,
            "snapshots": .array(
                statistics.snapshots.map {
                    ["name": .string($0.name), "offset": .offset($0.offset), "bytes": .integer($0.size)]
                }),
        ]
    }

    private static func json(_ counts: [Count]) -> JSONValue {
        .array(counts.map { ["name": .string($0.name), "events": .integer($0.events)] })
    }
}

extension JSONValue {
    static func offset(_ offset: Offset) -> JSONValue { .number(JSONNumber(offset.rawValue)) }

    static func integer(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
}

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
