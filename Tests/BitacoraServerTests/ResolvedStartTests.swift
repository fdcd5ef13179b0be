import EventLog
import Inspection
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct ResolvedStartTests {
    @Test("where the delivery begins for each start point")
    func resolving() async throws {
        try await withLog { log in
            try await log.append(samples(5))
            let other = LogID(rawValue: log.id.rawValue ^ 1)
            let starts: [(StartPoint, UInt64, Reset.Reason?)] = [
                (.start, 0, nil), (.live, 5, nil), (.offset(0), 0, nil), (.offset(3), 3, nil), (.offset(5), 5, nil),
                (.offset(6), 0, .ahead), (.offset(.end), 0, .ahead),
                (.position(Position(log: log.id, offset: 4)), 4, nil),
                (.position(Position(log: log.id, offset: 9)), 0, .ahead),
                (.position(Position(log: other, offset: 4)), 0, .otherLog),
                (.position(Position(log: other, offset: 0)), 0, .otherLog),
                (.unrecognizedID, 0, .otherLog), (.last(0), 5, nil), (.last(2), 3, nil), (.last(5), 0, nil),
                (.last(100), 0, nil),
                (.since(Timestamp(microseconds: 0)), 0, nil), (.since(Timestamp(microseconds: .max)), 5, nil),
            ]
            for (start, after, reason) in starts {
                let resolved = try await start.resolve(in: log, .all, turns: .reads())
                #expect(resolved.after == Offset(after), "\(start)")
                #expect(resolved.reset?.reason == reason, "\(start)")
                if let reset = resolved.reset { #expect((reset.first, reset.head) == (1, 5)) }
                if case .since = start {
                    #expect(try start.resolveAtOnce(in: log, .all) == nil)
                } else {
                    #expect(try start.resolveAtOnce(in: log, .all) == resolved, "\(start)")
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
                let resolved = try await StartPoint.since(time).resolve(in: log, .all, turns: .reads())
                #expect(resolved.after == Offset(UInt64(first - 1)))
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
