import EventLog
import JSON
import NIOCore
import Testing
@testable import BitacoraServer

@Suite struct EventPageTests {
    private func read(
        _ log: EventLog, _ start: StartPoint = .start, _ filter: EventFilter = .all, limit: Int = EventPage.defaultLimit
    ) async throws -> EventPage {
        try await EventPage.read(EventSubscription(start: start, filter: filter), limit: limit, from: log)
    }

    @Test("an empty log has an empty page")
    func empty() async throws {
        try await withLog { log in
            let page = try await read(log)
            #expect(String(buffer: page.json()) == #"{"events":[],"next":0,"head":0,"position":"\#(log.id):0"}"#)
        }
    }

    @Test("a page has at most as many events as asked for, and says where to go on", arguments: [(1, 1), (4, 4), (5, 5), (6, 5)])
    func limits(limit: Int, count: Int) async throws {
        try await withLog { log in
            try await log.append(samples(5))
            let page = try await read(log, limit: limit)
            let json = try JSONValue(parsing: Array(page.json().readableBytesView))
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
                let json = try JSONValue(parsing: Array(page.json(listName: "messages").readableBytesView))
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
            let page = try await read(log)
            #expect((8...9).contains(page.count))
            #expect(page.next == Offset(UInt64(page.count)))
            #expect(page.json().readableBytes < EventPage.maximumBytes + 1 << 20)
            #expect(try await read(log, .offset(page.next)).count == 10 - page.count)
        }
    }

    @Test("a position of another log is answered with reset and everything")
    func reset() async throws {
        try await withLog { log in
            try await log.append(samples(2))
            let position = Position(log: LogID(rawValue: log.id.rawValue ^ 1), offset: 1)
            let json = try JSONValue(parsing: Array(try await read(log, .position(position)).json().readableBytesView))
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
            try await page.extend(.all, limit: 10, from: log)
            #expect((page.count, page.next, page.head) == (2, 5, 5))
        }
    }

    @Test("limits are whole numbers in range", arguments: [("1", 1), ("10000", 10_000), ("0", nil), ("10001", nil), ("+5", nil), ("x", nil), ("", nil), ("-1", nil)] as [(String, Int?)])
    func limit(text: String, limit: Int?) {
        #expect((try? EventPage.limit(Query("limit=\(text.replacing("+", with: "%2B"))"))) == limit)
    }
}
