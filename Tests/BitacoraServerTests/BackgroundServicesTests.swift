import EventLog
import JSON
import Logging
import Testing
@testable import BitacoraServer

@Suite("Background services") struct BackgroundServicesTests {
    /// A logger, and what it logs.
    private static func listener() -> (logger: Logger, lines: AsyncStream<String>) {
        let (lines, logged) = AsyncStream.makeStream(of: String.self)
        return (Logger(label: "test") { _ in Listener { logged.yield($0) } }, lines)
    }

    private static func append(_ count: Int, to log: EventLog) async throws {
        try await log.append(
            (0..<count).map { _ in NewEvent(topic: "a", type: "x", data: .json(Array("1".utf8))) })
    }

    /// The names and offsets of the stored snapshots.
    private static func snapshots(of log: EventLog) throws -> [String] {
        try log.snapshots().map { "\($0.name) \($0.offset)" }
    }

    @Test(
        "every projection gets its snapshots, also one that was added while the service runs", .timeLimit(.minutes(1)))
    func snapshots() async throws {
        try await withLog { log in
            let (first, second) = (TopicCounts(name: "first"), TopicCounts(name: "second"))
            let projections = ServedProjections(.init(projectors: [try await log.project(first)]))
            let (logger, lines) = Self.listener()
            let service = SnapshotService(log: log, projections: projections, interval: 10, logger: logger)
            var stored = lines.filter { $0 == "snapshot stored" }.makeAsyncIterator()
            let running = Task { try await service.run() }
            try await Self.append(10, to: log)
            _ = await stored.next()
            #expect(try Self.snapshots(of: log) == ["first 10"])
            projections.replace(
                with: .init(projectors: [try await log.project(first), try await log.project(second)]))
            try await Self.append(10, to: log)
            var missing: Set = ["first 20", "second 20"]
            while !missing.isEmpty, await stored.next() != nil { missing.subtract(try Self.snapshots(of: log)) }
            #expect(missing.isEmpty)
            running.cancel()
            try await running.value
        }
    }

    @Test("at the end every projection with new events is stored")
    func saves() async throws {
        try await withLog { log in
            try await Self.append(3, to: log)
            let first = try await log.project(TopicCounts(name: "first"))
            _ = try await first.saveSnapshot()
            let projections = ServedProjections(
                .init(projectors: [
                    try await log.project(TopicCounts(name: "first")),
                    try await log.project(TopicCounts(name: "second")),
                ]))
            let service = SnapshotService(
                log: log, projections: projections, interval: 10, logger: Self.listener().logger)
            await service.saveIfChanged()
            #expect(try Self.snapshots(of: log) == ["first 3", "second 3"])
        }
    }

    @Test("a trim by retention stores the states of the projections that are served then", .timeLimit(.minutes(1)))
    func retention() async throws {
        try await withLog { log in
            try await Self.append(100, to: log)
            let projections = ServedProjections()
            projections.replace(
                with: .init(projectors: [
                    try await log.project(TopicCounts(name: "first")),
                    try await log.project(TopicCounts(name: "second")),
                ]))
            let (logger, lines) = Self.listener()
            let service = RetentionService(
                log: log, projections: projections, retention: Retention(events: 10), interval: .seconds(3600),
                logger: logger)
            let running = Task { try await service.run() }
            _ = await lines.first { $0 == "trimmed" }
            #expect(log.first == 91)
            running.cancel()
            try await running.value
            #expect(try Self.snapshots(of: log) == ["first 90", "second 90"])
        }
    }
}
