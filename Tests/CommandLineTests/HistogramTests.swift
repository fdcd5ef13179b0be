import EventLog
import JSON
import Testing

@testable import bitacora

@Suite("bitacora log histogram")
struct HistogramTests {
    /// At 12:00, 12:00:30, 12:02, 13:30, and 00:00 of the next day.
    private static func sample() async throws -> TemporaryLog {
        let log = try TemporaryLog()
        let seconds: [Int64] = [0, 30, 120, 5400, 43_200]
        try await log.append(
            seconds.indices.map { index in
                NewEvent(
                    topic: index < 3 ? "chat" : "products", type: index == 4 ? "b" : "a",
                    source: index == 0 ? nil : "s\(index / 3)",
                    data: TemporaryLog.json("\(index)"))
            }, at: seconds.map { Timestamp(microseconds: (1_767_355_200 + $0) * 1_000_000) })
        return log
    }

    private func rows(_ log: TemporaryLog, _ arguments: [String]) async throws -> [String] {
        let result = try await Tool.run(["log", "histogram", "--json", "--data", log.directory] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        return try result.lines.map { line in
            let value = try JSONValue(parsing: line)
            return "\(value["key"]?.string ?? "null") \(value["events"]?.int ?? -1)"
        }
    }

    @Test(
        "counts by spans of time, including empty spans, with and without filters",
        arguments: [
            (["--by", "day"], ["2026-01-02 4", "2026-01-03 1"]),
            (["--by", "hour", "--until", "2026-01-02T20:00Z"], ["2026-01-02T12:00Z 3", "2026-01-02T13:00Z 1"]),
            (
                ["--by", "hour", "--since", "2026-01-02T13:00Z", "--until", "2026-01-02T20:00Z"],
                ["2026-01-02T13:00Z 1"]
            ),
            (["--by", "minute", "--to", "3"], ["2026-01-02T12:00Z 2", "2026-01-02T12:01Z 0", "2026-01-02T12:02Z 1"]),
            (
                ["--by", "minute", "--topic", "chat"],
                ["2026-01-02T12:00Z 2", "2026-01-02T12:01Z 0", "2026-01-02T12:02Z 1"]
            ),
            (["--by", "day", "--type", "b"], ["2026-01-03 1"]), (["--by", "day", "--limit", "2"], ["2026-01-02 2"]),
            (["--by", "day", "--last", "2"], ["2026-01-02 1", "2026-01-03 1"]), (["--by", "hour", "--to", "0"], []),
        ] as [([String], [String])])
    func times(_ arguments: [String], _ expected: [String]) async throws {
        #expect(try await rows(try await Self.sample(), arguments) == expected)
    }

    @Test(
        "counts by names, the largest first",
        arguments: [
            (["--by", "topic"], ["chat 3", "products 2"]), (["--by", "type"], ["a 4", "b 1"]),
            (["--by", "source"], ["s0 2", "s1 2", "null 1"]),
            (["--by", "topic", "--from", "4"], ["products 2"]),
            (["--by", "type", "--field", "data>2"], ["a 1", "b 1"]),
            (["--by", "source", "--limit", "2"], ["null 1", "s0 1"]),
        ] as [([String], [String])])
    func names(_ arguments: [String], _ expected: [String]) async throws {
        #expect(try await rows(try await Self.sample(), arguments) == expected)
    }

    @Test("the search for the ends of spans has the counts of reading", arguments: ["minute", "hour", "day"])
    func agrees(_ span: String) async throws {
        let log = try await Self.sample()
        // A filter that lets all through makes it read.
        let read = try await rows(log, ["--by", span, "--field", "offset>0"])
        #expect(try await rows(log, ["--by", span]) == read)
    }

    @Test("rows fit the terminal, and the longest bar ends at its edge", arguments: [30, 60, 100, 200] as [UInt16])
    func fits(_ width: UInt16) async throws {
        let log = try await Self.sample()
        for key in ["topic", "hour"] {
            let lines = try await show(["histogram", "--by", key], of: log, width: width, ["NO_COLOR": "1"])
            #expect(lines.count > 2)
            for line in lines { #expect(DisplayText.width(line) <= Int(width), "\(line)") }
            #expect(lines.map(DisplayText.width).max() == Int(width))
        }
    }

    @Test("a damaged time moves an event, and does not end the command", arguments: [Int64.min, -1, Int64.max])
    func damagedTime(_ time: Int64) async throws {
        let log = try await Self.sample()
        try log.redate(4, to: time)
        for key in ["day", "topic"] {
            let fast = try await Tool.log("histogram", "--by", key, in: log)
            let slow = try await Tool.log("histogram", "--by", key, "--field", "offset>0", in: log)
            #expect([0, 1].contains(fast.status) && [0, 1].contains(slow.status))
        }
        #expect(try await Tool.log("stats", in: log).status == 0)
    }

    @Test("too many spans are rejected with advice")
    func tooMany() async throws {
        let log = try TemporaryLog()
        let times = [0, 10_000].map { Timestamp(microseconds: 1_767_355_200_000_000 + $0 * 60_000_000) }
        try await log.append(
            times.map { _ in NewEvent(topic: "t", type: "x", data: TemporaryLog.json("1")) }, at: times)
        for more in [[], ["--source", "s"], ["--field", "offset>0"]] {
            let result = try await Tool.run(["log", "histogram", "--by", "minute", "--data", log.directory] + more)
            guard more.first != "--source" else {
                #expect(result.status == 0)
                continue
            }
            #expect(result.status == 1)
            #expect(
                result.errors.hasPrefix(
                    "bitacora: the table would have 10,001 rows, and the limit is 10,000; select fewer events with --since"
                ), "\(result.errors)")
        }
        #expect(try await Tool.log("histogram", "--by", "hour", in: log).status == 0)
    }

    @Test("beyond the limit of names, all other names are counted together")
    func manyNames() {
        var tally = NameCounter(limit: 2)
        for name in ["a", "b", "b", "c", "a", "d", ""] { tally.add(name.utf8.span.bytes) }
        #expect(
            tally.rows == [
                EventCount(name: "a", events: 2), EventCount(name: "b", events: 2),
                EventCount(name: nil, events: 3, isRest: true),
            ])
        #expect(tally.rows.map(\.label) == ["a", "b", "(others)"])
    }

    @Test("prints nothing for an empty log", arguments: ["day", "topic", "source"])
    func empty(_ key: String) async throws {
        let log = try await TemporaryLog([])
        let result = try await Tool.log("histogram", "--by", key, in: log)
        #expect(result.status == 0)
        #expect(result.output.isEmpty)
    }
}

@Suite("charts")
struct BarTests {
    @Test(
        "bars have a resolution of an eighth of a column",
        arguments: [
            (0, ""), (1, "▏"), (8, "█"), (12, "█▌"), (64, "████████"),
        ])
    func bars(_ value: Int, _ bar: String) {
        #expect(BarChart.bar(value, of: 64, width: 8) == bar)
    }

    @Test("a sparkline has a column for each value")
    func sparkline() {
        #expect(Sparkline.line([0, 1, 4, 7, 8]) == " ▂▅█" + "█")
        #expect(Sparkline.line([]) == "")
        #expect(Sparkline.line([0, 0]) == "  ")
        #expect(Sparkline.line([1, 1_000_000]) == "▁█")
    }
}
