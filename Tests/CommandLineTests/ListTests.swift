import EventLog
import Testing

@Suite("bitacora log list")
struct ListTests {
    @Test("prints every event with the bytes of the library's JSON")
    func json() async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("list", "--json", in: log)
        #expect(result.status == 0)
        #expect(result.lines == (try log.eventJSON()))
        #expect(result.lines.count == 5)
        #expect(result.errors.isEmpty)
    }

    @Test("prints aligned columns, which are complete when the output is not a terminal")
    func table() async throws {
        let log = try await TemporaryLog.sample()
        let lines = try await Tool.log("list", in: log).lines
        #expect(lines.count == 6)
        #expect(lines[0].hasPrefix("OFFSET  TIME                         TOPIC        TYPE             DATA"))
        #expect(lines[1].hasPrefix("     1  20"))
        #expect(lines[1].hasSuffix(#"Z  products     product.created  {"id":1,"title":"Lamp"}"#))
        #expect(lines[4].hasSuffix("Z  auctions/42  picture.taken    (5 bytes)"))
    }

    @Test(
        "prints the events that match the filters",
        arguments: [
            (["--after", "3"], "4 5"), (["--after", "start"], "1 2 3 4 5"), (["--after", "live"], ""),
            (["--after", "-2"], "4 5"),
            (["--after", "-99"], "1 2 3 4 5"), (["--after", "-0"], ""), (["--from", "2", "--to", "3"], "2 3"),
            (["--to", "0"], ""),
            (["--from", "4", "--after", "2"], "4 5"), (["--topics", "products"], "1 3 5"),
            (["--topics", "chat,auctions/*"], "2 4"),
            (["--topics", "chat", "--topics", "auctions/**"], "2 4"), (["--topics", "*"], "1 2 3 5"),
            (["--topics", "**"], "1 2 3 4 5"),
            (["--types", "product.created,product.deleted"], "1 5"),
            (["--topics", "products", "--types", "message.posted"], ""),
            (["--limit", "2"], "1 2"), (["--reverse"], "5 4 3 2 1"), (["--reverse", "--limit", "2"], "5 4"),
            (["--reverse", "--topics", "products", "--to", "4"], "3 1"), (["--since", "1"], "1 2 3 4 5"),
            (["--since", "2999-01-01"], ""),
            (["--topics", "products", "--after", "-1"], "5"),
        ] as [([String], String)])
    func filters(_ arguments: [String], _ expected: String) async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.run(["log", "list", "--json", "--data", log.directory] + arguments)
        #expect(result.status == 0)
        #expect(offsets(result) == expected)
    }

    @Test("begins with the event at exactly the given time")
    func since() async throws {
        let log = try await TemporaryLog.sample()
        let time = try #require(try log.eventJSON()[2].split(separator: "\"").first { $0.hasSuffix("Z") })
        let result = try await Tool.log("list", "--json", "--since", String(time), in: log)
        // Two commits within a microsecond would share a time.
        #expect(offsets(result).hasSuffix("3 4 5"))
    }

    @Test("continues from a position of this log, and rejects one of another log")
    func positions() async throws {
        let log = try await TemporaryLog.sample()
        let stats = try await Tool.log("stats", "--json", in: log).output
        let id = try #require(stats.split(separator: "\"").first { $0.utf8.count == 16 })
        #expect(offsets(try await Tool.log("list", "--json", "--after", "\(id):4", in: log)) == "5")
        let foreign = try await Tool.log("list", "--after", "0123456789abcdef:4", in: log)
        #expect(foreign.status == 1)
        #expect(foreign.output.isEmpty)
        #expect(foreign.errors.hasPrefix("bitacora: position 0123456789abcdef:4 belongs to another log"))
        let beyond = try await Tool.log("list", "--after", "6", in: log)
        #expect(beyond.status == 1)
        #expect(
            beyond.errors
                == "bitacora: offset 6 is beyond the head of the log, which is 5; pass --after live for what comes next\n"
        )
    }

    @Test("prints every event of a long log in both directions")
    func longLog() async throws {
        let log = try TemporaryLog()
        try await fill(log, with: 20_000)
        let forward = try await Tool.log("list", "--json", in: log).lines
        let backward = try await Tool.log("list", "--json", "--reverse", in: log).lines
        #expect(forward.count == 20_000)
        #expect(forward == (try log.eventJSON()))
        #expect(backward == forward.reversed())
        let rare = try await Tool.log("list", "--json", "--reverse", "--types", "first", in: log)
        #expect(offsets(rare) == "1")
    }

    @Test("ends without an error when the reader closes the output")
    func brokenPipe() async throws {
        let log = try TemporaryLog()
        try await fill(log, with: 20_000)
        let tool = try RunningTool(["log", "list", "--json", "--data", log.directory])
        #expect(try tool.line()?.hasPrefix(#"{"offset":1,"#) == true)
        tool.closeOutput()
        #expect(await tool.status() == 0)
        #expect(tool.errors.isEmpty)
    }

    @Test("prints nothing for an empty log, not even titles")
    func empty() async throws {
        let log = try await TemporaryLog([])
        let result = try await Tool.log("list", in: log)
        #expect(result.status == 0)
        #expect(result.output.isEmpty)
    }

    private func fill(_ log: TemporaryLog, with count: Int) async throws {
        let open = try EventLog(directory: log.directory)
        defer { open.close() }
        for start in stride(from: 0, to: count, by: 5000) {
            try await open.append(
                (start..<start + 5000).map { number in
                    NewEvent(
                        topic: "t\(number % 3)", type: number == 0 ? "first" : "next",
                        data: TemporaryLog.json("{\"n\":\(number)}"))
                })
        }
    }
}

/// The offsets of events printed as JSON lines.
func offsets(_ result: Tool.Result) -> String {
    result.lines.map { String($0.dropFirst(#"{"offset":"#.count).prefix { $0 != "," }) }.joined(separator: " ")
}
