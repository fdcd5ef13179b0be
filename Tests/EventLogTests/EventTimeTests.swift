import EventLog
import Testing

@Suite("Events with a time of their own") struct EventTimeTests {
    private static func event(_ microseconds: Int64?) -> NewEvent {
        NewEvent(
            topic: "t", type: "x", data: .json(Array("1".utf8)), time: microseconds.map(Timestamp.init(microseconds:)))
    }

    /// The times the log gives to events that are appended together at 1,000,000 s.
    private static func times(of given: [Int64?]) async throws -> [Int64] {
        let clock = TestClock(1_000_000_000_000)
        return try await withLog({ $0.clock = { clock.now } }) { log in
            try await log.append(given.map(event))
            #expect(try log.verify().isSound)
            return try log.read().events.map(\.time.rawValue)
        }
    }

    @Test(
        "keep it, but time never goes back, and events without a time get the current time",
        arguments: [
            ([1], [1]), ([-5, 7], [-5, 7]), ([5, 3, 8], [5, 5, 8]), ([5, nil], [5, 1_000_000_000_000]),
            ([nil, 5, nil], [1_000_000_000_000, 1_000_000_000_000, 1_000_000_000_000]),
            ([1_000_060_000_000, nil], [1_000_060_000_000, 1_000_060_000_000]),
        ] as [([Int64?], [Int64])])
    func table(given: [Int64?], times: [Int64]) async throws {
        #expect(try await Self.times(of: given) == times)
    }

    @Test("after a reopening time continues from the last event")
    func reopened() async throws {
        try await withTemporaryDirectory { directory in
            for time: Int64 in [20, 10, 30] {
                let log = try openLog(directory)
                try await log.append(Self.event(time))
                log.close()
            }
            let log = try openLog(directory, reading)
            defer { log.close() }
            #expect(try log.read().events.map(\.time.rawValue) == [20, 20, 30])
        }
    }

    @Test("more than a minute ahead of the clock is refused, with everything it was appended with")
    func ahead() async throws {
        let clock = TestClock(1_767_323_045_000_000)
        try await withLog({ $0.clock = { clock.now } }) { log in
            let error = await #expect(throws: AppendError.self) {
                try await log.append([Self.event(1), Self.event(1_767_323_105_000_001)])
            }
            #expect(error?.code == .invalidEvent)
            #expect(error?.field == "time")
            #expect(
                error?.message
                    == "time 2026-01-02T03:05:05.000001Z is more than 60 seconds ahead of the clock, which shows 2026-01-02T03:04:05.000000Z; correct the time or the clock"
            )
            #expect(log.head == .start)
            try await log.append(Self.event(1_767_323_105_000_000))
        }
    }

    @Test("a known id is accepted with any time")
    func duplicates() async throws {
        try await withLog { log in
            var event = Self.event(5)
            event.id = "a"
            try await log.append(event)
            event.time = Timestamp(microseconds: 9)
            #expect(try await log.append(event).duplicates == 1)
            #expect(try log.read().events.map(\.time.rawValue) == [5])
        }
    }
}
