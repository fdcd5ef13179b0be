import EventLog
import Testing
@testable import BitacoraServer

@Suite struct StartPointTests {
    @Test(
        "every way to say what one has",
        arguments: [
            ("start", .start), ("live", .live), ("0", .offset(0)), ("17", .offset(17)),
            ("18446744073709551615", .offset(.end)),
            ("-1", .last(1)), ("-0", .last(0)), ("-100000", .last(100_000)),
            ("00000000000000ff:3", .position(Position(log: LogID(rawValue: 255), offset: 3))),
        ] as [(String, StartPoint)])
    func reading(text: String, start: StartPoint) {
        #expect(StartPoint(text) == start)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "-", "--1", "-+1", "-100001", "-99999999999999999999", "+1", " 1", "1 ", "1.0", "0x1", "Start", "LIVE",
            "18446744073709551616",
            "ff:3", "00000000000000ff:", ":3", "00000000000000ff:3:4", "00000000000000ff:-1", "00000000000000fg:1",
        ])
    func refusing(text: String) {
        #expect(StartPoint(text) == nil)
    }

    @Test(
        "an id of an event stream that no log gave is of something else",
        arguments: [
            ("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", .elsewhere), ("x", .elsewhere), ("-100001", .elsewhere),
            (" ", .elsewhere),
            ("17", .offset(17)), ("00000000000000ff:3", .position(Position(log: LogID(rawValue: 255), offset: 3))),
        ] as [(String, StartPoint)])
    func lastEventID(text: String, start: StartPoint) {
        #expect(StartPoint(lastEventID: text) == start)
    }

    @Test("where each of them begins")
    func resolving() async throws {
        try await withLog { log in
            try await log.append(samples(5))
            let other = LogID(rawValue: log.id.rawValue ^ 1)
            let places: [(StartPoint, UInt64, Reset.Reason?)] = [
                (.start, 0, nil), (.live, 5, nil), (.offset(0), 0, nil), (.offset(3), 3, nil), (.offset(5), 5, nil),
                (.offset(6), 0, .ahead), (.offset(.end), 0, .ahead),
                (.position(Position(log: log.id, offset: 4)), 4, nil),
                (.position(Position(log: log.id, offset: 9)), 0, .ahead),
                (.position(Position(log: other, offset: 4)), 0, .otherLog),
                (.position(Position(log: other, offset: 0)), 0, .otherLog),
                (.elsewhere, 0, .otherLog), (.last(0), 5, nil), (.last(2), 3, nil), (.last(5), 0, nil),
                (.last(100), 0, nil),
                (.since(Timestamp(microseconds: 0)), 0, nil), (.since(Timestamp(microseconds: .max)), 5, nil),
            ]
            for (start, after, reason) in places {
                let place = try await start.resolve(in: log, .all, turns: .reads())
                #expect(place.after == Offset(after), "\(start)")
                #expect(place.reset?.reason == reason, "\(start)")
                if let reset = place.reset { #expect((reset.first, reset.head) == (1, 5)) }
                if case .since = start {
                    #expect(try start.resolveAtOnce(in: log, .all) == nil)
                } else {
                    #expect(try start.resolveAtOnce(in: log, .all) == place, "\(start)")
                }
            }
        }
    }

    @Test("a time begins with the first event at it")
    func since() async throws {
        try await withLog { log in
            for _ in 0..<3 { try await log.append(sample()) }
            for offset: Offset in [1, 2, 3] {
                let time = try #require(try log.event(at: offset)).time
                let first = try #require(try (1...3).first { try log.event(at: Offset(UInt64($0)))?.time == time })
                let place = try await StartPoint.since(time).resolve(in: log, .all, turns: .reads())
                #expect(place.after == Offset(UInt64(first - 1)))
            }
        }
    }

    @Test("the last N that match are found behind many that do not, away from the loop")
    func lastThatMatch() async throws {
        try await withLog { log in
            // Of chat: 2, 3, 20004, 20005.
            try await log.append([sample()] + samples(2, topic: "chat"))
            for _ in 0..<2 { try await log.append(samples(10_000)) }
            try await log.append(samples(2, topic: "chat"))
            try await log.append(samples(10_000))
            try await check(log, EventFilter(topics: patterns("chat")))
            // Types have no index: every event is looked at.
            try await log.append(sample(topic: "chat", type: "rare"))
            #expect(
                try await StartPoint.last(1).resolve(in: log, EventFilter(types: ["rare"]), turns: .reads()).after
                    == Offset(30_005))
            #expect(
                try await StartPoint.last(2).resolve(in: log, EventFilter(types: ["rare"]), turns: .reads()).after == 0)
        }
    }

    @Test("the last N that match are found behind a damaged event; if fewer match behind it, the error names it")
    func damaged() async throws {
        let events = (1...30).map { $0 % 5 == 0 ? sample(topic: "rare", type: "rare") : sample() }
        try await withDamagedLog(of: events, damaged: [12, 20]) { log in
            for filter in [EventFilter(types: ["rare"]), EventFilter(topics: patterns("rare"))] {
                let found = try await StartPoint.last(2).resolve(in: log, filter, turns: .reads())
                #expect(found.after == 24)
                for count in [3, 4, 100] {
                    await #expect(throws: ReadError.damaged(20)) {
                        try await StartPoint.last(count).resolve(in: log, filter, turns: .reads())
                    }
                }
            }
        }
    }

    private func check(_ log: EventLog, _ filter: EventFilter) async throws {
        #expect(try StartPoint.last(1).resolveAtOnce(in: log, filter) == nil)
        #expect(try StartPoint.last(0).resolveAtOnce(in: log, filter)?.after == log.head)
        for (count, after) in [(1, 20_004), (2, 20_003), (3, 2), (4, 1), (5, 0), (100_000, 0)] as [(Int, UInt64)] {
            #expect(
                try await StartPoint.last(count).resolve(in: log, filter, turns: .reads()).after == Offset(after),
                "\(count)")
        }
    }
}
