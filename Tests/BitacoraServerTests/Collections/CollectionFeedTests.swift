import EventLog
import HTTPTypes
import Inspection
import JSON
import KeyedRows
import TestSupport
import Testing
@testable import BitacoraServer

/// Live readers of rows, with connections in memory.
@Suite struct CollectionFeedTests {
    private static let grouped = RowQuery(filter: RowFilter([.init("group", .equals("a"))]))
    private static let firstTwo = RowQuery(sort: RowSort([.init("n")]), limit: 2)

    @Test("a reader that begins now is sent replayed, and then each change")
    func live() async throws {
        try await CollectionFixture.with { fixture in
            try await fixture.put("1", n: 1)
            let reader = try await fixture.connect(having: try fixture.rows(RowQuery()))
            try await reader.reach("replayed") { $0.isReplayed && $0.position == 1 }
            #expect(try await reader.model().messages == [])
            try await fixture.put("0", n: 2)
            try await reader.reach("the change") { $0.position == 2 && $0.rows.map(\.key) == ["0", "1"] }
            let model = try await reader.model()
            #expect(model.resets == [] && model.messages == [1])
        }
    }

    @Test("a reader of position 0 is sent reset and all rows, then replayed")
    func fromTheStart() async throws {
        try await CollectionFixture.with { fixture in
            for n in 1...3 { try await fixture.put("\(n)", n: -n) }
            let query = RowQuery(sort: RowSort([.init("n")]))
            let reader = try await fixture.connect(query, from: .start)
            let rows = try fixture.rows(query)
            try await reader.reach("all rows") { $0.isReplayed && $0.rows == rows }
            #expect(try await reader.model().resets == ["gone"])
            #expect(rows.map(\.key) == ["3", "2", "1"])
        }
    }

    @Test("a row that no longer matches is removed, and one that matches now is put")
    func filter() async throws {
        try await CollectionFixture.with { fixture in
            try await fixture.put("1", group: "a")
            let reader = try await fixture.connect(Self.grouped, from: .start)
            try await reader.reach("the first row") { $0.rows.map(\.key) == ["1"] }
            try await fixture.put("1", group: "b")
            try await reader.reach("no row") { $0.rows.isEmpty && $0.position == 2 }
            try await fixture.put("2", group: "a")
            try await reader.reach("the second row") { $0.rows.map(\.key) == ["2"] }
        }
    }

    @Test("a row that moves into a window with a limit is sent as well")
    func window() async throws {
        try await CollectionFixture.with { fixture in
            for n in 1...3 { try await fixture.put("\(n)", n: n) }
            let reader = try await fixture.connect(Self.firstTwo, from: .start)
            try await reader.reach("two rows") { $0.rows.map(\.key) == ["1", "2"] }
            try await fixture.append("drop", "1", [:])
            try await reader.reach("the row that moved in") { $0.rows.map(\.key) == ["2", "3"] }
            #expect(try await reader.model().messages == [2, 2])
        }
    }

    @Test(
        "a position that cannot be resumed from is answered with reset and all rows",
        arguments: [
            (StartPoint.offset(99), "ahead"), (.unrecognizedID, "other-log"),
            (.position(Position(log: LogID(rawValue: 1), offset: 1)), "other-log"),
        ])
    func reset(start: StartPoint, reason: String) async throws {
        try await CollectionFixture.with { fixture in
            for n in 1...3 { try await fixture.put("\(n)") }
            let reader = try await fixture.connect(from: start)
            let rows = try fixture.rows(RowQuery())
            try await reader.reach("all rows") { $0.isReplayed && $0.rows == rows }
            #expect(try await reader.model().resets == [reason])
        }
    }

    @Test("a reader that resumes is sent the changes since its position, without reset")
    func resume() async throws {
        try await CollectionFixture.with { fixture in
            for n in 1...4 { try await fixture.put("\(n)") }
            try await fixture.append("drop", "2", [:])
            let reader = try await fixture.connect(from: .offset(3))
            try await reader.reach("the changes") { $0.isReplayed && $0.position == 5 }
            let model = try await reader.model()
            #expect(model.rows.map(\.key) == ["4"] && model.resets == [] && model.messages == [2])
        }
    }

    @Test("one message is encoded for each query and encoding, whatever the number of readers")
    func encodings() async throws {
        try await CollectionFixture.with { fixture in
            var readers: [FakeReader] = []
            for number in 0..<20 {
                readers.append(
                    try await fixture.connect(
                        number % 2 == 0 ? Self.grouped : RowQuery(), number % 4 < 2 ? .webSocket : .serverSentEvents,
                        loop: number % 2))
            }
            for reader in readers { try await reader.reach("replayed") { $0.isReplayed } }
            let before = fixture.feeds.encodedMessages
            try await fixture.put("1")
            for reader in readers { try await reader.reach("the change") { $0.rows.count == 1 } }
            #expect(fixture.feeds.encodedMessages - before == 4)
        }
    }

    @Test("readers that resume after the same offset share one encoded message")
    func sharedCatchUp() async throws {
        try await CollectionFixture.with { fixture in
            for n in 1...3 { try await fixture.put("\(n)", n: n) }
            // Follows the newest offset, so that the others are not the first readers of the query.
            let first = try await fixture.connect()
            try await first.reach("replayed") { $0.isReplayed && $0.position == 3 }
            let before = fixture.feeds.encodedMessages
            for number in 0..<6 {
                let reader = try await fixture.connect(from: .offset(1), loop: number % 2)
                try await reader.reach("the changes") { $0.isReplayed && $0.rows.map(\.key) == ["2", "3"] }
            }
            #expect(fixture.feeds.encodedMessages - before == 1)
        }
    }

    @Test("a reader whose connection is not writable catches up when it is writable again")
    func slow() async throws {
        try await CollectionFixture.with { fixture in
            let reader = try await fixture.connect()
            try await reader.reach("replayed") { $0.isReplayed }
            try await reader.setWritable(false)
            for n in 1...5 { try await fixture.put("\(n)", n: n) }
            let other = try await fixture.connect(from: .start)
            try await other.reach("all rows") { $0.rows.count == 5 }
            #expect(try await reader.model().rows == [])
            try await reader.setWritable(true)
            try await reader.reach("all changes") { $0.rows.count == 5 && $0.position == 5 }
        }
    }

    @Test("many rows are sent in messages of about 56 KiB, of which all but the last have position 0")
    func parts() async throws {
        try await CollectionFixture.with { fixture in
            let text = String(repeating: "x", count: 20_000)
            for n in 1...8 { try await fixture.put("\(n)", text: text) }
            // The connection is full after the first message with rows.
            let reader = try await fixture.connect(from: .start, fills: { $0 == 2 })
            try await reader.reach("the first message") { !$0.messages.isEmpty }
            let first = try await reader.model()
            #expect(first.messages == [3] && first.position == .start && !first.isReplayed)
            try await reader.setWritable(true)
            try await reader.reach("all rows") { $0.isReplayed && $0.rows.count == 8 && $0.position == 8 }
            #expect(try await reader.model().messages == [3, 3, 2])
        }
    }

    @Test("changes of one commit that are too long for a message are sent in several")
    func longCommit() async throws {
        try await CollectionFixture.with { fixture in
            try await fixture.put("0")
            let reader = try await fixture.connect()
            try await reader.reach("replayed") { $0.isReplayed }
            let text = String(repeating: "x", count: 100_000)
            let data = JSONValue.object(["group": "a", "n": 1, "text": .string(text)]).bytes
            try await fixture.log.append(
                (1...15).map { NewEvent(topic: "items/\($0)", type: "put", data: .json(data)) })
            try await reader.reach("all rows") { $0.rows.count == 15 && $0.position == 16 }
            let model = try await reader.model()
            #expect(model.messages == Array(repeating: 1, count: 15) && model.resets == [])
        }
    }

    @Test("after a changed definition every reader is sent reset and the rows of the new one")
    func redefinition() async throws {
        try await CollectionFixture.with { fixture in
            try await fixture.put("1", n: 1)
            let reader = try await fixture.connect(from: .start)
            try await reader.reach("the row") { $0.rows.count == 1 }
            try await fixture.redefine(CollectionFixture.definition(extra: #","more":{"count":"times"}"#))
            try await reader.reach("reset") { $0.resets == ["gone", "definition"] && $0.isReplayed }
            let rows = try fixture.rows(RowQuery())
            #expect(try await reader.model().rows == rows)
            try await fixture.append("more", "1", [:])
            try await reader.reach("the new field") { $0.rows.first?.value["times"]?.int == 1 }
            let late = try await fixture.connect(from: .offset(1))
            try await late.reach("reset") { $0.resets == ["definition"] && $0.isReplayed && $0.rows.count == 1 }
        }
    }

    @Test("the readers of a removed collection or field are ended with the reason")
    func removal() async throws {
        try await CollectionFixture.with { fixture in
            let (one, other) = (
                try await fixture.connect(), try await fixture.connect(Self.grouped)
            )
            for reader in [one, other] { try await reader.reach("replayed") { $0.isReplayed } }
            try await fixture.redefine(
                #"{"topics":{"items/{item}":{"put":{},"move":{},"drop":{},"more":{}}},"collections":{"items":{"from":"items/*","key":"topic.item","on":{"put":{"put":{"n":"data.n"}}}}}}"#
            )
            try await other.reach("the end") { $0.ending == "field group was removed from collection items" }
            try await fixture.redefine(#"{}"#)
            try await one.reach("the end") { $0.ending == "collection items was removed from the application" }
        }
    }

    @Test("a collection has at most 1,000 different queries; one more is refused, and accepted when one has ended")
    func queryLimit() async throws {
        try await CollectionFixture.with { fixture in
            func query(_ number: Int) -> RowQuery {
                RowQuery(filter: RowFilter([.init("n", .equals(.number(JSONNumber(number))))]))
            }
            var reservations = try (0..<WindowReservations.maximumQueries).map {
                try WindowReservation("items", query($0), fixture.feeds)
            }
            // Another reader of the same query needs no window of its own.
            reservations.append(try WindowReservation("items", query(0), fixture.feeds))
            let problem = try #require(throws: Problem.self) {
                try WindowReservation("items", query(-1), fixture.feeds)
            }
            #expect(problem.status == .serviceUnavailable && problem.code == "busy")
            #expect(problem.headers[.retryAfter] == "5")
            reservations.remove(at: 1)
            _ = try WindowReservation("items", query(-1), fixture.feeds)
        }
    }

    @Test("queries are the same whatever the order of their conditions, and differ by bytes")
    func queryIDs() {
        func id(_ tests: RowFilter.Test..., limit: Int? = nil) -> RowQueryID {
            RowQueryID(RowQuery(filter: RowFilter(tests), limit: limit))
        }
        let (a, b) = (RowFilter.Test("a", .equals("1")), RowFilter.Test("b", .less(2)))
        #expect(id(a, b) == id(b, a))
        #expect(id(a) != id(a, limit: 1))
        #expect(id(a) != id(RowFilter.Test("a", .equals(1))))
        #expect(id(.init("a", .equals("\u{E9}"))) != id(.init("a", .equals("e\u{301}"))))
    }
}
