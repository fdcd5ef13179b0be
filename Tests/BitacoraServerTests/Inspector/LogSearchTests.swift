import EventLog
import Inspection
import JSON
import Synchronization
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct LogSearchTests {
    /// Appends events at random, a second and more apart, and tells what they are.
    private func fill(_ log: EventLog, _ count: Int, _ random: inout SeededGenerator) async throws {
        var events: [NewEvent] = []
        for number in 0..<count {
            // Runs of a topic, so that blocks are now empty and now full.
            let topic =
                (number / 500).isMultiple(of: 3) && !random.chance(1, of: 50)
                ? "common" : ["a/1", "a/2", "b"].randomElement(using: &random) ?? "b"
            let text = random.chance(1, of: 40) ? #"{"text":"L\u00e1mpara"}"# : #"{"n":\#(number)}"#
            events.append(
                NewEvent(
                    topic: topic, type: random.chance(1, of: 20) ? "rare" : "usual",
                    id: random.chance(1, of: 10) ? "id-\(number)" : nil,
                    source: random.chance(1, of: 3) ? "x" : "y", data: .json(Array(text.utf8))))
            if events.count == 1000 || number == count - 1 {
                try await log.append(events)
                events = []
            }
        }
    }

    private func withFilledLog(_ count: Int, seed: UInt64, _ body: (EventLog) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let seconds = Mutex<Int64>(1_767_225_600)
            var options = EventLog.Options()
            options.durability = .none
            options.clock = {
                Timestamp(
                    microseconds: seconds.withLock {
                        $0 += 1; return $0
                    } * 1_000_000)
            }
            let log = try EventLog(directory: directory, options: options)
            defer { log.close() }
            var random = SeededGenerator(seed: seed)
            try await fill(log, count, &random)
            try await body(log)
        }
    }

    private static let queries = [
        "", "topic=a/*", "topic=a/1,b", "topic=**", "type=rare", "topic=common&type=rare", "source=x", "grep=LÁMPARA",
        "grep=lámpara", "grep=TEXT", "topic=b&grep=n",
        "from=1000&to=2100", "topic=a/2&from=5&to=4000", "topic=nothing",
        "type=rare&source=y&grep=1", "since=2026-01-01T00:00:02Z", "until=2026-01-01T00:00:03Z",
    ]

    private func all(_ filter: LogFilter, in log: EventLog) throws -> [Offset] {
        var found: [Offset] = []
        let low = try filter.since.map { try log.offset(at: $0) } ?? .start
        let high = try filter.until.map { try log.offset(at: $0).previous } ?? .end
        for event in try log.read(filter: filter.events, limit: .max).events {
            guard event.offset >= max(low, filter.from), event.offset <= min(high, filter.to) else { continue }
            _ = try log.scan(after: event.offset.previous, through: event.offset) { view in
                if filter.selection.matches(view) { found.append(view.offset) }
                return false
            }
        }
        return found.reversed()
    }

    @Test(
        "page by page, back and forth, every event is found once, however little a request may look at",
        .disabled(if: TestEnvironment.isFastRun), arguments: SeededGenerator.seeds)
    func pages(seed: UInt64) async throws {
        try await withFilledLog(9000, seed: seed) { log in
            for query in Self.queries {
                for effort in [1, 700, LogSearch.effort] {
                    let expected = try all(LogFilter(Query(query)), in: log)
                    var found: [Offset] = []
                    var place = ""
                    while true {
                        let search = try LogSearch.run(
                            LogFilter(Query(query + place)), in: log, head: log.head, effort: effort)
                        found += search.offsets
                        guard
                            let next = search.searchedTo
                                ?? (search.offsets.count == LogSearch.pageSize ? search.offsets.last : nil)
                        else { break }
                        place = "&before=\(next)"
                    }
                    #expect(found == expected, "back: \(query), effort \(effort)")
                    found = []
                    place = "&after=0"
                    while true {
                        let search = try LogSearch.run(
                            LogFilter(Query(query + place)), in: log, head: log.head, effort: effort)
                        found = search.offsets + found
                        guard
                            let next = search.searchedTo
                                ?? (search.offsets.count == LogSearch.pageSize ? search.offsets.first : nil)
                        else { break }
                        place = "&after=\(next)"
                    }
                    #expect(found == expected, "forth: \(query), effort \(effort)")
                }
            }
        }
    }

    @Test("a search that finds little ends after as many events as one request may look at, and says where")
    func bounded() async throws {
        try await withFilledLog(30_000, seed: 1) { log in
            let search = try LogSearch.run(LogFilter(Query("grep=nowhere")), in: log, head: log.head, effort: 10_000)
            let reached = try #require(search.searchedTo)
            #expect(search.offsets.isEmpty)
            #expect((10_000...20_000).contains(log.head.next.rawValue - reached.rawValue))
        }
    }

    @Test("a topic with an event at each end of the log is found at once, by the index")
    func sparse() async throws {
        try await withLog { log in
            try await log.append(sample(topic: "sparse"))
            for _ in 0..<4 { try await log.append(samples(10_000)) }
            try await log.append(sample(topic: "sparse"))
            let search = try LogSearch.run(LogFilter(Query("topic=sparse")), in: log, head: log.head, effort: 20_000)
            #expect(search.offsets == [40_002, 1])
            #expect(search.searchedTo == nil)
        }
    }

    @Test(
        "an event is found by its id, when the rest fits too",
        arguments: [
            ("id=one", [2]), ("id=one&topic=chat", [2]), ("id=one&topic=products", []), ("id=one&from=3", []),
            ("id=two", []), ("id=one&before=2", []),
        ])
    func ids(query: String, expected: [Offset]) async throws {
        try await withLog { log in
            try await log.append([sample(), sample(topic: "chat", id: "one"), sample()])
            #expect(try LogSearch.run(LogFilter(Query(query)), in: log, head: log.head).offsets == expected)
        }
    }

    @Test("the end of a stretch of time is not in it, as everywhere")
    func until() async throws {
        try await withFilledLog(3000, seed: 1) { log in
            let time = try #require(try log.event(at: 1001)?.time)
            #expect(try LogSearch.run(LogFilter(Query("until=\(time)")), in: log, head: log.head).offsets.first == 1000)
            #expect(
                try LogSearch.run(LogFilter(Query("since=\(time)&after=0")), in: log, head: log.head).offsets.last
                    == 1001)
        }
    }

    @Test("what was appended after the page's offset is not on it")
    func head() async throws {
        try await withLog { log in
            try await log.append(samples(5))
            #expect(try LogSearch.run(LogFilter(Query("")), in: log, head: 3).offsets == [3, 2, 1])
            #expect(
                try LogSearch.run(LogFilter(Query("before=18446744073709551615")), in: log, head: 3).offsets == [
                    3, 2, 1,
                ])
            #expect(try LogSearch.run(LogFilter(Query("after=18446744073709551615")), in: log, head: 3).offsets == [])
        }
    }
}
