import EventLog
import JSON
import Testing

@Suite("bitacora log stats, bitacora log topics")
struct StatsTests {
    @Test("prints the id and the counts of a log")
    func fields() async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("stats", in: log)
        #expect(result.status == 0)
        #expect(result.output.contains(#/^log        [0-9a-f]{16} in /#))
        for line in [
            "events     5, offsets 1 to 5", "topics     3", "ids        1", "snapshots  none", "writer     none",
            "readers    none",
        ] {
            #expect(result.lines.contains(line), "\(line)")
        }
    }

    @Test("prints the documented fields with --json")
    func json() async throws {
        let log = try await TemporaryLog.sample()
        let value = try JSONValue(parsing: try await Tool.log("stats", "--json", in: log).output)
        #expect(
            value.object?.entries.map(\.key) == [
                "log", "directory", "created", "events", "first", "head", "position", "firstTime", "lastTime",
                "secondsAhead", "eventsPerSecond",
                "bytes", "maximumBytes", "topics", "ids", "snapshots", "writer", "freeBytes", "readers", "activity",
                "topicCounts", "typeCounts",
            ])
        #expect(value["events"]?.int == 5)
        #expect(value["head"]?.int == 5)
        #expect(value["writer"] == .null)
        #expect(value["readers"]?.int == 0)
        #expect(
            value["topicCounts"]?.text
                == #"[{"name":"products","events":3},{"name":"auctions/42","events":1},{"name":"chat","events":1}]"#)
        #expect(value["typeCounts"]?.array?.count == 5)
        let activity = try #require(value["activity"]?.array)
        #expect(activity.reduce(0) { $0 + ($1["events"]?.int ?? 0) } == 5)
        #expect(activity.first?["from"] == value["firstTime"])
        #expect(value["position"]?.string == "\(value["log"]?.string ?? ""):5")
    }

    @Test("prints the writer and the snapshots")
    func writer() async throws {
        let directory = try await TemporaryLog.sample()
        let log = try EventLog(directory: directory.directory)
        defer { log.close() }
        log.announce(address: "http://127.0.0.1:9")
        try await log.save(Snapshot(name: "marketplace", offset: 4, state: [1, 2, 3]))
        let result = try await Tool.log("stats", in: directory)
        #expect(result.output.contains(#/\nwriter      process \d+ at http://127\.0\.0\.1:9\n/#))
        #expect(result.lines.contains("snapshots   marketplace at offset 4, 3 bytes"))
        let value = try JSONValue(parsing: try await Tool.log("stats", "--json", in: directory).output)
        #expect(value["snapshots"]?.text == #"[{"name":"marketplace","offset":4,"bytes":3}]"#)
        #expect(value["writer"]?["address"]?.string == "http://127.0.0.1:9")
        #expect(result.lines.contains("durability  sync"))
        #expect(value["writer"]?["durability"]?.string == "sync")
    }

    @Test("prints no rate and no times for an empty log")
    func empty() async throws {
        let log = try await TemporaryLog([])
        let result = try await Tool.log("stats", in: log)
        #expect(result.lines.contains("events     0"))
        #expect(!result.output.contains("rate"))
        let value = try JSONValue(parsing: try await Tool.log("stats", "--json", in: log).output)
        #expect(value["eventsPerSecond"] == .null)
        #expect(value["lastTime"] == .null)
    }

    @Test("lists the topics with their counts and newest events")
    func topics() async throws {
        let log = try await TemporaryLog.sample()
        let lines = try await Tool.log("topics", in: log).lines
        #expect(
            lines.map { String($0.prefix(25)) } == [
                "TOPIC        EVENTS  LAST", "auctions/42       1     4", "chat              1     2",
                "products          3     5",
            ])
        let json = try await Tool.log("topics", "--json", in: log).lines.map { try JSONValue(parsing: $0) }
        #expect(json.map { $0["topic"]?.string } == ["auctions/42", "chat", "products"])
        #expect(json[2]["events"]?.int == 3)
        #expect(json[2]["last"]?.int == 5)
        #expect(try log.eventJSON()[4].contains(json[2]["lastTime"]?.string ?? "?"))
    }

    @Test(
        "sorts the topics by name, and the largest count, bytes or last offset first",
        arguments: [
            ("name", "a b c"), ("count", "c a b"), ("bytes", "b a c"), ("last", "a c b"),
        ])
    func sortedTopics(_ order: String, _ expected: String) async throws {
        let events = [("b", "\"12345678\""), ("c", "1"), ("a", "12"), ("c", "1"), ("c", "1"), ("a", "12")]
        let log = try await TemporaryLog(events.map { NewEvent(topic: $0.0, type: "x", data: TemporaryLog.json($0.1)) })
        let lines = try await Tool.log("topics", "--sort", order, "--json", in: log).lines.map {
            try JSONValue(parsing: $0)
        }
        #expect(lines.compactMap { $0["topic"]?.string }.joined(separator: " ") == expected)
        #expect(lines.map { $0["bytes"]?.int } == (order == "bytes" ? [10, 4, 3] : [nil, nil, nil]))
        let table = try await Tool.log("topics", "--sort", order, in: log).lines
        #expect(table.dropFirst().map { String($0.prefix(1)) }.joined(separator: " ") == expected)
        #expect(table[0].contains("BYTES") == (order == "bytes"))
    }

    @Test("topics with equal keys are sorted by name")
    func sameTopics() async throws {
        let log = try await TemporaryLog(
            ["b", "c", "a"].map { NewEvent(topic: $0, type: "x", data: TemporaryLog.json("1")) })
        for order in ["count", "bytes"] {
            #expect(
                try await Tool.log("topics", "--sort", order, in: log).lines.dropFirst().map { String($0.prefix(1)) }
                    == ["a", "b", "c"])
        }
    }
}
