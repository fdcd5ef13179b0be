import EventLog
import JSON
import Testing

@testable import bitacora

@Suite("bitacora log state, bitacora log diff")
struct StateTests {
    /// Two products at 12:00 and 12:01, one changed at 12:02, one deleted at 12:03.
    private static func sample() async throws -> TemporaryLog {
        let log = try TemporaryLog()
        try await log.append(
            [
                ("product.created", #"{"id":1,"title":"Lamp","code":"L-1","price":10,"thumbnails":["/a.svg"]}"#),
                ("product.created", #"{"id":2,"title":"Rope","code":"R-1","price":5}"#),
                ("product.updated", #"{"id":1,"price":12,"stock":3,"thumbnails":["/b.svg"]}"#),
                ("product.deleted", #"{"id":2}"#),
            ].map { NewEvent(topic: "products", type: $0.0, data: TemporaryLog.json($0.1)) },
            at: (0..<4).map { Timestamp(microseconds: 1_767_355_200_000_000 + $0 * 60_000_000) })
        return log
    }

    @Test(
        "state prints the state as of an offset or a time",
        arguments: [
            ([], 4, [1]), (["--at", "0"], 0, []), (["--at", "1"], 1, [1]), (["--at", "2"], 2, [1, 2]),
            (["--at", "2026-01-02T12:02:59Z"], 3, [1, 2]),
            (["--at", "2026-01-02T12:03Z"], 4, [1]), (["--at", "2026-01-01"], 0, []), (["--at", "1s"], 4, [1]),
        ] as [([String], Int, [Int])])
    func at(_ arguments: [String], _ offset: Int, _ products: [Int]) async throws {
        let log = try await Self.sample()
        let result = try await Tool.run(["log", "state", "marketplace", "--json", "--data", log.directory] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        let value = try JSONValue(parsing: result.output)
        #expect(value.object?.entries.map(\.key) == ["projection", "offset", "time", "state"])
        #expect(value["offset"]?.int == offset)
        #expect(value["state"]?["products"]?.array?.map { $0["id"]?.int } == products)
        #expect(value["time"]?.string?.hasPrefix("2026-01-02T12:0\(offset - 1)") == (offset > 0 ? true : nil))
    }

    @Test("a state is one line without a terminal, and indented on a terminal")
    func forms() async throws {
        let log = try await Self.sample()
        let plain = try await Tool.log("state", "marketplace", in: log)
        #expect(plain.lines.count == 1)
        #expect(try JSONValue(parsing: plain.output)["nextProductID"]?.int == 3)
        let pretty = try await show(["state", "marketplace"], of: log, width: 60, [:])
        #expect(pretty.contains("  \"nextProductID\": 3,"))
    }

    @Test(
        "an offset beyond the head is refused",
        arguments: [["state", "marketplace", "--at", "5"], ["diff", "1", "5"]])
    func beyond(_ arguments: [String]) async throws {
        let log = try await Self.sample()
        let result = try await Tool.run(["log"] + arguments + ["--data", log.directory])
        #expect(result.status == 1)
        #expect(result.errors == "bitacora: offset 5 is beyond the head of the log, which is 4\n")
    }

    @Test("a snapshot that cannot be used is reported")
    func warning() async throws {
        let directory = try await Self.sample()
        let log = try EventLog(directory: directory.directory)
        defer { log.close() }
        try await log.save(Snapshot(name: "marketplace", offset: 2, state: [1]))
        let result = try await Tool.log("state", "marketplace", in: directory)
        #expect(result.status == 0)
        #expect(result.errors.hasPrefix("bitacora: the snapshot of marketplace at offset 2 "))
    }

    @Test("diff prints the differences field by field")
    func diff() async throws {
        let log = try await Self.sample()
        let result = try await Tool.log("diff", "1", "3", in: log)
        #expect(result.status == 0)
        #expect(result.lines.first == "marketplace from offset 1 to 3: 6 changes")
        for line in [
            "~ nextProductID  2 → 3", "~ products[id=1].price  10 → 12", "~ products[id=1].stock  0 → 3",
            #"~ products[id=1].thumbnails  ["/a.svg"] → ["/b.svg"]"#, "~ products[id=1].version  1 → 3",
        ] { #expect(result.lines.contains(line), "\(line)") }
        #expect(result.lines.last?.hasPrefix(#"+ products[id=2]  {"id":2,"title":"Rope""#) == true)
    }

    @Test("diff compares backwards, by times, and as JSON")
    func diffJSON() async throws {
        let log = try await Self.sample()
        let forward = try await Tool.log("diff", "--json", "3", "2026-01-02T12:05Z", in: log).lines.map {
            try JSONValue(parsing: $0)
        }
        #expect(forward.map { $0.object?.entries.map(\.key) } == [["projection", "change", "path", "before", "after"]])
        #expect(forward[0]["change"] == "removed")
        #expect(forward[0]["path"] == "products[id=2]")
        #expect(forward[0]["after"] == .null)
        let backward = try await Tool.log("diff", "--json", "--projection", "marketplace", "4", "3", in: log).lines.map
        { try JSONValue(parsing: $0) }
        #expect(backward[0]["change"] == "added")
        #expect(backward[0]["after"] == forward[0]["before"])
        #expect(try await Tool.log("diff", "--json", "2", "2", in: log).output.isEmpty)
        #expect(try await Tool.log("diff", "2", "2", in: log).output == "marketplace from offset 2 to 2: 0 changes\n")
    }

    @Test(
        "trimmed events are part of a difference, because the later state is folded from the kept snapshot",
        arguments: [3, 4] as [UInt64])
    func diffAfterTrim(first: UInt64) async throws {
        let log = try await Self.sample()
        let before = try await Tool.log("diff", "0", "4", in: log)
        #expect(before.lines.first == "marketplace from offset 0 to 4: 2 changes")
        let trimmed = try await Tool.log("trim", "--before", "\(first)", "--yes", in: log)
        #expect(trimmed.status == 0, "\(trimmed.errors)")
        let after = try await Tool.log("diff", "0", "4", in: log)
        #expect(after.output == before.output, "\(after.errors)")
        #expect(after.status == 0)
    }

    @Test("a state before the kept snapshot is refused when its events were trimmed")
    func diffOfTrimmedState() async throws {
        let log = try await Self.sample()
        let trimmed = try await Tool.log("trim", "--before", "4", "--yes", in: log)
        #expect(trimmed.status == 0, "\(trimmed.errors)")
        for (arguments, offset) in [
            (["diff", "1", "4"], 1), (["diff", "0", "2"], 2), (["diff", "4", "2"], 2),
            (["state", "marketplace", "--at", "2"], 2),
        ] {
            let result = try await Tool.run(["log"] + arguments + ["--data", log.directory])
            #expect(result.status == 2, "\(arguments)")
            #expect(result.output.isEmpty)
            #expect(
                result.errors
                    == "bitacora: there is no state of marketplace at offset \(offset): events before offset 4 are no longer kept; offsets with a state: 3 to 4\n"
            )
        }
    }

    @Test(
        "the error of a refused state names the offsets with a state: those of snapshots, and all from the kept snapshot on",
        arguments: [
            ([], "2, 3 to 4"), (["--no-keep-snapshot"], "2, 4"),
        ] as [([String], String)])
    func offsetsWithState(_ options: [String], _ offsets: String) async throws {
        let log = try await Self.sample()
        let state = try await Tool.log("state", "marketplace", "--at", "2", in: log).lines[0]
        let writer = try EventLog(directory: log.directory)
        do {
            defer { Tool.whileNothingIsSpawned { writer.close() } }
            try await writer.save(Snapshot(name: "marketplace", offset: 2, state: Array(state.utf8)))
        }
        let trimmed = try await Tool.run(["log", "trim", "--before", "4", "--yes", "--data", log.directory] + options)
        #expect(trimmed.status == 0, "\(trimmed.errors)")
        #expect(try await Tool.log("state", "marketplace", "--at", "2", in: log).lines == [state])
        let refused = try await Tool.log("state", "marketplace", "--at", "1", in: log)
        #expect(refused.status == 2)
        #expect(refused.errors.hasSuffix("; offsets with a state: \(offsets)\n"), "\(refused.errors)")
    }

    @Test("lines fit the terminal", arguments: [60, 200] as [UInt16])
    func fits(_ width: UInt16) async throws {
        let log = try await Self.sample()
        let lines = try await show(["diff", "0", "2"], of: log, width: width, ["NO_COLOR": "1"])
        for line in lines { #expect(DisplayText.width(line) <= Int(width), "\(line)") }
        #expect(
            try await show(["diff", "0", "2"], of: log, width: width, [:]).contains {
                $0.hasPrefix("\u{1B}[32m+ products[id=1]")
            })
    }
}
