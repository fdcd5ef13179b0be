import EventLog
import Inspection
import TestSupport
import Testing

@testable import bitacora

@Suite("filters of bitacora log")
struct FilterTests {
    /// A minute apart from 12:00 on, offsets 1 to 8.
    private static func sample() async throws -> TemporaryLog {
        let log = try TemporaryLog()
        let events: [(topic: String, type: String, id: String?, source: String?, data: String)] = [
            (
                "products", "product.created", "a", "http",
                #"{"id":1,"title":"Lamp","price":19.90,"tags":["brass","new"]}"#
            ),
            ("products", "product.created", "b", "socket", #"{"id":2,"title":"caf\u00e9 \"Sol\"","price":120}"#),
            ("chat", "message.posted", nil, "http", #"{"user":{"name":"Ada"},"text":"The lamp is on"}"#),
            ("auctions/1", "bid.placed", "c", nil, #"{"price":100.0,"bidder":null,"code":"12"}"#),
            ("auctions/2", "bid.placed", nil, "http", #"{"price":99.99,"won":true,"code":12}"#),
            ("chat", "message.posted", nil, "socket", #"{"user":{"name":"Émile"},"text":"adiós"}"#),
            ("products", "product.updated", "d,e", "http", #"{"id":1,"a.b":{"c":1},"price":"low"}"#),
            ("auctions/1", "auction.closed", nil, "import", #"[{"price":7},{"price":8}]"#),
        ]
        try await log.append(
            events.map {
                NewEvent(topic: $0.topic, type: $0.type, id: $0.id, source: $0.source, data: TemporaryLog.json($0.data))
            },
            at: (0..<8).map { Timestamp(microseconds: 1_767_355_200_000_000 + $0 * 60_000_000) })
        return log
    }

    @Test(
        "each filter selects its events, alone and with others", .disabled(if: TestEnvironment.isFastRun),
        arguments: [
            (["--last", "2"], "7 8"), (["--last", "99"], "1 2 3 4 5 6 7 8"),
            (["--last", "2", "--topic", "chat"], "3 6"),
            (["--last", "3", "--limit", "2"], "6 7"), (["--last", "2", "--to", "5"], "4 5"),
            (["--last", "2", "--reverse"], "8 7"),
            (["--topic", "chat", "--topics", "auctions/*"], "3 4 5 6 8"),
            (["--type", "bid.placed", "--types", "auction.closed"], "4 5 8"),
            (["--source", "http"], "1 3 5 7"), (["--source", "socket,import"], "2 6 8"),
            (["--sources", "socket", "--source", "import"], "2 6 8"),
            (["--id", "c"], "4"), (["--id", "d,e", "--id", "a"], "1 7"), (["--id", "c", "--topic", "chat"], ""),
            (["--id", "nobody"], ""),
            (["--id", "a", "--id", "c", "--from", "2"], "4"), (["--id", "a", "--id", "c", "--reverse"], "4 1"),
            (["--id", "a", "--id", "c", "--last", "1"], "4"),
            (["--since", "2026-01-02T12:02:00Z", "--until", "2026-01-02T12:05Z"], "3 4 5"),
            (["--until", "2026-01-02"], ""),
            (["--until", "2026-01-03", "--from", "7"], "7 8"), (["--since", "1h"], ""),
            (["--until", "1h"], "1 2 3 4 5 6 7 8"),
            (["--grep", "lamp"], "3"), (["--grep", "lamp", "-i"], "1 3"), (["--grep", "café"], "2"),
            (["--grep", #"café "Sol""#], "2"),
            (["--grep", #"\u00e9"#], "2"), (["--grep", "CAFÉ", "-i"], "2"),
            (["--grep", "émile", "--ignore-case"], "6"), (["--grep", "a", "--grep", "on"], "3"),
            (["--grep", #""price":1"#], "1 2 4"), (["--grep", "-1"], ""),
            (["--grep", "lamp", "-i", "--last", "1"], "3"),
            (["--field", "data.price>100"], "2"), (["--field", "data.price>=100"], "2 4"),
            (["--field", "data.price=100"], "4"),
            (["--field", "data.price=19.9"], "1"), (["--field", " data.price > 100 "], "2"),
            (["--field", "data.price<100"], "1 5"), (["--field", "data.price!=100"], "1 2 5 7"),
            (["--field", "data.price"], "1 2 4 5 7"), (["--field", "data.user.name=Ada"], "3"),
            (["--field", "data.user.name>B"], "6"),
            (["--field", "data.title~é \"S"], "2"), (["--field", "data.tags.1=new"], "1"),
            (["--field", "data.tags~brass"], "1"),
            (["--field", "data.bidder=null"], "4"), (["--field", "data.won=true"], "5"),
            (["--field", "data.code=12"], "4 5"),
            (["--field", "data.code=\"12\""], "4"), (["--field", "data.title!=\"<b>\""], "1 2"),
            (["--field", "data.title~\"=\""], ""), (["--field", "data.\"a.b\".c=1"], "7"),
            (["--field", "data.1.price=8"], "8"),
            (["--field", "data~lamp is"], "3"), (["--field", "data.price>50", "--field", "data.price<=100"], "4 5"),
            (["--field", "topic~auctions"], "4 5 8"), (["--field", "type=bid.placed", "--field", "offset>4"], "5"),
            (["--field", "source"], "1 2 3 5 6 7 8"), (["--field", "id"], "1 2 4 7"), (["--field", "id!=a"], "2 4 7"),
            (["--field", "time>=2026-01-02T12:06:00Z"], "7 8"), (["--field", "time~12:03"], "4"),
            (["--field", "data.user="], ""),
        ] as [([String], String)])
    func filters(_ arguments: [String], _ expected: String) async throws {
        let log = try await Self.sample()
        let result = try await Tool.run(["log", "list", "--json", "--data", log.directory] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(offsets(result) == expected)
    }

    @Test(
        "lists contain names with an escaped comma",
        arguments: [
            (["--topic", #"a\,b"#], "1"), (["--topic", "a,b"], "2"), (["--topics", #"a\,b,a"#], "1 2"),
            (["--type", #"x\,y"#], "1"), (["--type", "x,y"], "2"), (["--source", #"s\,t"#], "1"),
            (["--source", #"s\,t"#, "--source", "s"], "1 2"),
        ])
    func commas(_ arguments: [String], _ expected: String) async throws {
        let log = try TemporaryLog()
        try await log.append([
            NewEvent(topic: "a,b", type: "x,y", source: "s,t", data: TemporaryLog.json("1")),
            NewEvent(topic: "a", type: "x", source: "s", data: TemporaryLog.json("2")),
        ])
        let result = try await Tool.run(["log", "list", "--json", "--data", log.directory] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(offsets(result) == expected)
    }

    @Test("filters select the same events for tail, also when it follows")
    func tail() async throws {
        let log = try await Self.sample()
        let tool = try RunningTool(
            [
                "log", "tail", "--follow", "--json", "--last", "1", "--field", "data.price>100", "--id", "b", "--id",
                "z", "--limit", "2", "--data", log.directory,
            ])
        #expect(try tool.line()?.hasPrefix(#"{"offset":2,"#) == true)
        try await log.append([
            NewEvent(topic: "t", type: "x", id: "y", data: TemporaryLog.json(#"{"price":500}"#)),
            NewEvent(topic: "t", type: "x", id: "z", data: TemporaryLog.json(#"{"price":101}"#)),
        ])
        #expect(try tool.line()?.hasPrefix(#"{"offset":10,"#) == true)
        #expect(try tool.line() == nil)
        #expect(await tool.status() == 0)
    }

    @Test("a tail with --until ends at the first event that has this time")
    func followUntil() async throws {
        let log = try await Self.sample()
        let tool = try RunningTool([
            "log", "tail", "--follow", "--json", "--last", "1", "--until", "2026-01-02T12:10Z", "--data", log.directory,
        ])
        #expect(try tool.line()?.hasPrefix(#"{"offset":8,"#) == true)
        try await log.append([NewEvent(topic: "t", type: "x", data: TemporaryLog.json("1"))])
        #expect(try tool.line() == nil)
        #expect(await tool.status() == 0)
    }

    @Test(
        "times may be ages",
        arguments: [("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200), ("1w", 604_800), ("0s", 0)]
            as [(String, Int64)])
    func ages(_ text: String, _ seconds: Int64) {
        let now = Timestamp(microseconds: 1_800_000_000_000_001)
        #expect(Timestamp(text, before: now) == Timestamp(microseconds: now.rawValue - seconds * 1_000_000))
    }

    @Test(
        "a text that is not an age is not a time",
        arguments: ["m", "-1m", "1.5h", "1 h", "h1", "99999999999999999999d", "9223372036854775807w", "1y"])
    func noAges(_ text: String) {
        #expect(Timestamp(text, before: .now()) == nil)
    }
}
