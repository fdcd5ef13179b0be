import EventLog
import Inspection
import JSON
import NIOCore
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct EventPageTests {
    private let turns = WorkGate.reads()

    private func read(
        _ log: EventLog, _ start: StartPoint = .start, _ filter: EventFilter = .all, limit: Int = EventPage.defaultLimit
    ) async throws -> EventPage {
        try await EventPage.read(
            from: try await start.resolve(in: log, filter, turns: turns), filter, limit: limit, in: log, turns)
    }

    /// The whole answer, and how many pieces it has.
    private func json(
        _ page: EventPage, _ listName: StaticString = "events"
    ) async throws -> (json: JSONValue, pieces: Int) {
        var page = page
        var bytes = page.take(listName)
        var pieces = 1
        while !page.isWhole {
            try await page.read(turns)
            var piece = page.take(listName)
            bytes.writeBuffer(&piece)
            pieces += 1
        }
        return (try JSONValue(parsing: Array(bytes.readableBytesView)), pieces)
    }

    @Test("an empty log has an empty page")
    func empty() async throws {
        try await withLog { log in
            var page = try await read(log)
            #expect(String(buffer: page.take()) == #"{"events":[],"next":0,"head":0,"position":"\#(log.id):0"}"#)
        }
    }

    @Test(
        "a page has at most as many events as asked for, and says where to go on",
        arguments: [(1, 1), (4, 4), (5, 5), (6, 5)])
    func limits(limit: Int, count: Int) async throws {
        try await withLog { log in
            try await log.append(samples(5))
            let page = try await read(log, limit: limit)
            let json = try await json(page).json
            #expect(page.count == count)
            #expect(json["events"]?.array?.map { $0["offset"]?.int } == Array(1...count))
            #expect((json["next"]?.int, json["head"]?.int, json["reset"]) == (count, 5, nil))
        }
    }

    @Test("pages of a filter reach the head, and miss nothing")
    func paging() async throws {
        try await withLog { log in
            for number in 1...30 { try await log.append(sample(topic: number % 3 == 0 ? "chat" : "products")) }
            var after = StartPoint.start
            var offsets: [Int] = []
            var pages = 0
            repeat {
                let page = try await read(log, after, EventFilter(topics: patterns("chat")), limit: 4)
                let json = try await json(page, "messages").json
                offsets += json["messages"]?.array?.compactMap { $0["offset"]?.int } ?? []
                after = .offset(page.next)
                pages += 1
            } while after != .offset(log.head) && pages < 10
            #expect(offsets == Array(stride(from: 3, through: 30, by: 3)))
            #expect(pages == 3)
        }
    }

    @Test("a page is bounded in bytes, the event that passes the bound included")
    func bytes() async throws {
        try await withLog { log in
            for _ in 0..<10 { try await log.append(sample(size: 1 << 20 - 100)) }
            let first = try await json(read(log)).json
            let count = try #require(first["events"]?.array?.count)
            #expect((8...9).contains(count))
            #expect(first["next"]?.int == count)
            let second = try await json(read(log, .offset(Offset(UInt64(count))))).json
            #expect(second["events"]?.array?.map { $0["offset"]?.int } == Array(count + 1...10))
        }
    }

    @Test("a page is read in pieces, of which one is held at a time")
    func pieces() async throws {
        try await withLog { log in
            try await log.append(samples(1000, size: 1000))
            var page = try await read(log)
            #expect((50...70).contains(page.count))
            #expect(page.take().readableBytes < 70_000)
            let (json, pieces) = try await json(read(log))
            #expect(json["events"]?.array?.map { $0["offset"]?.int } == Array(1...1000))
            #expect(pieces > 10)
        }
    }

    @Test("a page that cannot be read to its end ends before, as a whole page, and says where to go on")
    func cut() async throws {
        try await withLog { log in
            try await log.append(samples(1000, size: 1000))
            var page = try await read(log)
            var bytes = page.take()
            let count = page.count
            log.close()
            while !page.isWhole {
                try await page.read(turns)
                var piece = page.take()
                bytes.writeBuffer(&piece)
            }
            let json = try JSONValue(parsing: Array(bytes.readableBytesView))
            #expect(json["events"]?.array?.count == count)
            #expect((json["next"]?.int, json["head"]?.int) == (count, 1000))
        }
    }

    @Test("a page ends before a damaged event, and the next page is the error")
    func damaged() async throws {
        try await withDamagedLog(of: samples(20), damaged: [15]) { log in
            let json = try await json(read(log)).json
            #expect(json["events"]?.array?.map { $0["offset"]?.int } == Array(1...14))
            #expect((json["next"]?.int, json["head"]?.int) == (14, 20))
            let problem = await #expect(throws: Problem.self) { try await read(log, .offset(14)) }
            #expect(problem?.code == "unreadable")
        }
    }

    @Test(
        "a page of what is nowhere ends after as many events as one answer looks at",
        .disabled(if: TestEnvironment.isFastRun))
    func nowhere() async throws {
        try await withLog { log in
            for _ in 0..<110 { try await log.append(samples(10_000)) }
            let none = EventFilter(types: ["none"])
            let first = try await read(log, .start, none)
            #expect((first.count, first.next, first.isWhole) == (0, Offset(EventPage.maximumLooked), true))
            #expect(try await read(log, .offset(first.next), none).next == log.head)
        }
    }

    @Test("a position of another log is answered with reset and everything")
    func reset() async throws {
        try await withLog { log in
            try await log.append(samples(2))
            let position = Position(log: LogID(rawValue: log.id.rawValue ^ 1), offset: 1)
            let json = try await json(read(log, .position(position))).json
            #expect(json["reset"] == ["reason": "other-log", "first": 1, "head": 2])
            #expect(json["events"]?.array?.count == 2)
            #expect(json["position"]?.string == "\(log.id):2")
        }
    }

    @Test("a page is extended from where it ended")
    func extending() async throws {
        try await withLog { log in
            try await log.append(samples(3))
            var page = try await read(log, .live)
            #expect((page.count, page.next) == (0, 3))
            try await log.append(samples(2))
            try await page.readOn(turns)
            #expect((page.count, page.next, page.head) == (2, 5, 5))
        }
    }

    @Test(
        "limits are whole numbers in range",
        arguments: [
            ("1", 1), ("10000", 10_000), ("0", nil), ("10001", nil), ("+5", nil), ("x", nil), ("", nil), ("-1", nil),
        ] as [(String, Int?)])
    func limit(text: String, limit: Int?) {
        #expect((try? EventPage.limit(Query("limit=\(text.replacing("+", with: "%2B"))"))) == limit)
    }
}
