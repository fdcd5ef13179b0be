import EventLog
import Synchronization
import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct HistogramTests {
    /// A log of events at these seconds since 1970.
    private func withEvents(at seconds: [Int64], _ body: (EventLog) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let time = Mutex<Int64>(seconds.first ?? 0)
            var options = EventLog.Options()
            options.durability = .none
            options.clock = { Timestamp(microseconds: time.withLock { $0 } * 1_000_000) }
            let log = try EventLog(directory: directory, options: options)
            defer { log.close() }
            for second in seconds {
                time.withLock { $0 = second }
                try await log.append(sample())
            }
            try await body(log)
        }
    }

    @Test("an empty log has none")
    func empty() async throws {
        try await withLog { log in
            let histogram = try Histogram(of: log, through: log.head)
            #expect(histogram == nil)
        }
    }

    @Test(
        "stretches begin at whole multiples of a width that reads well",
        arguments: [
            ([100], 1, 100, [1], "second"), ([100, 100, 102], 1, 100, [2, 0, 1], "second"),
            ([59, 118], 1, 59, nil, "second"),
            ([59, 119], 2, 58, nil, "2 seconds"), ([3600, 3600 * 50], 3600, 3600, nil, "hour"),
            ([0, 86_400 * 45], 86_400, 0, nil, "day"),
            ([5, 31_536_000 * 200], 126_144_000, 0, nil, "4 years"),
        ] as [([Int64], Int64, Int64, [Int]?, String)])
    func widths(seconds: [Int64], width: Int64, start: Int64, counts: [Int]?, text: String) async throws {
        try await withEvents(at: seconds) { log in
            let histogram = try #require(try Histogram(of: log, through: log.head))
            #expect((histogram.width, histogram.start, histogram.widthText) == (width, start, text))
            #expect(histogram.counts.reduce(0, +) == seconds.count)
            #expect(histogram.counts.count <= Histogram.maximumCount)
            if let counts { #expect(histogram.counts == counts) }
        }
    }

    @Test(
        "a damaged time changes the chart and stops nothing",
        arguments: [
            (1, .min), (1, .max), (3, .min), (3, .max), (2, .max), (2, .min), (3, 9_223_372_036_854_000_000),
            (1, -9_223_372_036_854_000_000),
        ] as [(UInt64, Int64)])
    func damagedTimes(offset: UInt64, time: Int64) async throws {
        try await withTemporaryDirectory { directory in
            let log = try EventLog(directory: directory)
            try await log.append(samples(3))
            log.close()
            try DamagedRecords.setTime(of: offset, to: time, in: directory)
            // A writer refuses a damaged last event.
            var options = EventLog.Options()
            options.access = .read
            let damaged = try EventLog(directory: directory, options: options)
            defer { damaged.close() }
            let histogram = try #require(try Histogram(of: damaged, through: 3))
            #expect(histogram.counts.reduce(0, +) == 3)
            #expect(histogram.counts.count <= Histogram.maximumCount && histogram.counts.allSatisfy { $0 >= 0 })
            _ = Chart(histogram).value
        }
    }

    @Test("every event is in the stretch of its time", arguments: SeededGenerator.seeds)
    func counts(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let span: Int64 = [10, 1000, 100_000, 10_000_000].randomElement(using: &random) ?? 10
        let seconds = (0..<200).map { _ in 1_767_225_600 + Int64.random(in: 0...span, using: &random) }.sorted()
        try await withEvents(at: seconds) { log in
            let histogram = try #require(try Histogram(of: log, through: log.head))
            var expected = [Int](repeating: 0, count: histogram.counts.count)
            for second in seconds { expected[Int((second - histogram.start) / histogram.width)] += 1 }
            #expect(histogram.counts == expected)
        }
    }
}
