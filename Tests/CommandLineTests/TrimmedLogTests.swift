import EventLog
import JSON
import Testing

@Suite("a trimmed log")
struct TrimmedLogTests {
    /// A minute apart from 12:00 on; of 1 to 12, 6 to 12 are left.
    private static func sample() async throws -> TemporaryLog {
        let log = try TemporaryLog()
        try await log.append(
            (1...12).map {
                NewEvent(
                    topic: $0 % 2 == 0 ? "even" : "odd", type: "t\($0 % 3)", source: "s",
                    data: TemporaryLog.json("{\"n\":\($0)}"))
            },
            at: (0..<12).map { Timestamp(microseconds: 1_767_355_200_000_000 + $0 * 60_000_000) })
        try await log.trim(before: 6)
        return log
    }

    @Test(
        "begins at its first event for every range",
        arguments: [
            (["list"], "6 7 8 9 10 11 12"), (["list", "--from", "1"], "6 7 8 9 10 11 12"),
            (["list", "--from", "1", "--limit", "1"], "6"),
            (["list", "--after", "0"], "6 7 8 9 10 11 12"), (["list", "--after", "5"], "6 7 8 9 10 11 12"),
            (["list", "--after", "-99"], "6 7 8 9 10 11 12"),
            (["list", "--last", "99"], "6 7 8 9 10 11 12"), (["list", "--reverse"], "12 11 10 9 8 7 6"),
            (["list", "--to", "5"], ""),
            (["list", "--since", "2026-01-01"], "6 7 8 9 10 11 12"),
            (["list", "--since", "2026-01-02T12:09Z"], "10 11 12"),
            (["list", "--until", "2026-01-02T12:06Z"], "6"), (["list", "--until", "2026-01-02T12:03Z"], ""),
            (["list", "--topic", "even"], "6 8 10 12"),
            (["list", "--field", "data.n<8"], "6 7"), (["tail", "--lines", "3"], "10 11 12"),
            (["tail"], "6 7 8 9 10 11 12"), (["grep", "1"], "10 11 12"),
        ] as [([String], String)])
    func events(_ arguments: [String], _ expected: String) async throws {
        let log = try await Self.sample()
        let result = try await Tool.run(["log"] + arguments + ["--json", "--data", log.directory])
        #expect(result.status == 0, "\(result.errors)")
        #expect(offsets(result) == expected)
    }

    @Test("rejects a position whose following events were removed")
    func gone() async throws {
        let log = try await Self.sample()
        let result = try await Tool.log("list", "--after", "3", in: log)
        #expect(result.status == 1)
        #expect(
            result.errors
                == "bitacora: events after offset 3 were removed, and the log begins at offset 6; pass --after start for all events that it has\n"
        )
    }

    @Test("has no event and no neighbour before its first event")
    func show() async throws {
        let log = try await Self.sample()
        #expect(
            try await Tool.log("show", "5", in: log).errors
                == "bitacora: there is no event at offset 5; the log has offsets 6 to 12\n")
        #expect(try await Tool.log("show", "6", in: log).lines.contains("previous  none in this topic"))
    }

    @Test("is counted from its first event")
    func counts() async throws {
        let log = try await Self.sample()
        let stats = try JSONValue(parsing: try await Tool.log("stats", "--json", in: log).output)
        #expect(stats["events"]?.int == 7)
        #expect(stats["first"]?.int == 6)
        #expect(stats["firstTime"]?.string == "2026-01-02T12:05:00.000000Z")
        #expect(stats["activity"]?.array?.reduce(0) { $0 + ($1["events"]?.int ?? 0) } == 7)
        #expect(
            try await Tool.log("topics", in: log).lines.map { String($0.prefix(13)) } == [
                "TOPIC  EVENTS", "even        4", "odd         3",
            ])
        for key in ["minute", "hour", "type", "source"] {
            let rows = try await Tool.log("histogram", "--by", key, "--json", in: log).lines.map {
                try JSONValue(parsing: $0)["events"]?.int ?? 0
            }
            #expect(rows.reduce(0, +) == 7)
        }
    }

    @Test("is exported without the removed events, and the help of export describes this")
    func export() async throws {
        let log = try await Self.sample()
        #expect(offsets(try await Tool.log("export", in: log)) == "6 7 8 9 10 11 12")
        let help = try await Tool.run(["log", "export", "--help"]).output.split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        #expect(
            help.contains(
                "has no state of the removed events; `bitacora log backup` also copies this state."),
            "\(help)")
    }
}
