import EventLog
import JSON
import NIOPosix

/// The contents of the log by topic, by type and over time: what `bitacora log stats` and `log topics` print.
struct LogOverview: Sendable {
    /// The maximum number of topics and of types that are listed, those with the most events first; the others are only
    /// counted.
    static let maximumNames = 100

    /// The number of events of a topic or type.
    struct Count: Hashable, Sendable {
        let name: String
        let events: Int
    }

    let log: LogID
    let durability: Durability
    let statistics: EventLog.Statistics
    let topics: [Count]
    /// The number of all topics.
    let topicCount: Int
    let types: [Count]
    /// The number of all types.
    let typeCount: Int
    /// Nil when the log is empty.
    let histogram: TimeHistogram?

    /// Costs a step for each topic and each type, and some lookups.
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
        histogram = try TimeHistogram(of: log, through: statistics.head)
    }

    private static func largest(_ counts: [Count]) -> [Count] {
        Array(counts.sorted { $0.events > $1.events }.prefix(maximumNames))
    }

    /// The answer of `GET /api/log`. Fields may be added later; no field will be removed.
    ///
    /// | field | what it is |
    /// |---|---|
    /// | `log`, `created`, `durability` | the id of the log, when it was created, when commits reach the disk |
    /// | `position`, `first`, `head`, `events` | the position of the head; the first and last offset; the number of events |
    /// | `firstTime`, `lastTime` | the times of the first and last event, or null |
    /// | `bytes`, `maximumBytes` | the size of the used part of the file, and its maximum |
    /// | `topics`, `types` | `{name, events}` of the hundred with the most events |
    /// | `topicCount`, `typeCount` | the numbers of all topics and types |
    /// | `histogram` | `{start, seconds, counts}`: the number of events in each interval of `seconds` from `start`; null when the log is empty |
    /// | `snapshots` | `{name, offset, bytes}` of each stored snapshot of a projection |
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

/// Caches the newest overview of the log, and makes overviews on other threads than those that serve requests.
///
/// Requests that arrive while an overview is made get that overview. An overview is used for a second, or for ten times
/// as long as it took to make: with any number of requests and any size of the log, overviews use at most a tenth of
/// one core.
actor LogOverviewCache {
    private let log: EventLog
    private let now: @Sendable () -> ContinuousClock.Instant
    private var latest: (overview: LogOverview, until: ContinuousClock.Instant)?
    private var making: Task<LogOverview, any Error>?

    init(log: EventLog, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.log = log
        self.now = now
    }

    /// The newest overview, made now unless a cached one may be used.
    func current() async throws -> LogOverview {
        if let latest, isCurrent(latest.overview.statistics) || latest.until > now() { return latest.overview }
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

    /// Appends move the head, and trims move the first event; nothing else changes the contents of a log.
    private func isCurrent(_ statistics: EventLog.Statistics) -> Bool {
        statistics.head == log.head && statistics.first == log.first
    }
}
