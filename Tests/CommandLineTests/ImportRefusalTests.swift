import EventLog
import Glibc
import JSON
import Testing
@testable import bitacora

@Suite("bitacora log import of bad lines")
struct ImportRefusalTests {
    private static func line(_ number: Int, _ fields: String = #""topic":"t","type":"x""#) -> String {
        #"{\#(fields),"data":\#(number)}"# + "\n"
    }

    private static let long = String(repeating: "k", count: 256)

    @Test(
        "a bad line is reported with the cause, and its batch is not written",
        arguments: [
            ("nonsense", "column 1: expected an object, found 'n'"),
            (#"{"topic":"t""#, "column 13: expected ',' or '}', found the end of the text"),
            (#"{"type":"x","data":1}"#, "topic is required; it must be a string, or pass --topic NAME"),
            (#"{"topic":7,"type":"x","data":1}"#, "topic must be a string"),
            (#"{"topic":"t","data":1}"#, "type is required; it must be a string"),
            (#"{"topic":"t","type":"x"}"#, "data is required; it can be any JSON"),
            (
                #"{"topic":"t","type":"x","data":1,"dat":2}"#,
                "unknown field 'dat'; the fields are data, encoding, id, offset, source, time, topic, type"
            ),
            (#"{"topic":"t","type":"x","data":1,"expectedOffset":2}"#, "unknown field 'expectedOffset'"),
            (#"{"topic":"","type":"x","data":1}"#, "topic is empty"),
            (#"{"topic":"a//b","type":"x","data":1}"#, "topic has an empty level"),
            (#"{"topic":"a*","type":"x","data":1}"#, "topic must not contain *"),
            (#"{"topic":"t","type":"reset","data":1}"#, "type reset is reserved"),
            (#"{"topic":"\#(long)","type":"x","data":1}"#, "topic is 256 bytes; the limit is 255"),
            (#"{"topic":"t","type":"x","id":"","data":1}"#, "id is empty"),
            (#"{"topic":"t\n","type":"x","data":1}"#, "topic contains a control character"),
            (#"{"topic":"t","type":"x","id":1,"data":1}"#, "id must be a string"),
            (#"{"topic":"t","type":"x","data":1,"encoding":"hex"}"#, "encoding must be base64, or absent for JSON"),
            (
                #"{"topic":"t","type":"x","data":"A","encoding":"base64"}"#,
                "data must be base64 with padding (RFC 4648)"
            ),
            (#"{"topic":"t","type":"x","data":1,"encoding":"base64"}"#, "data must be base64"),
            (#"{"topic":"t","type":"x","data":1,"time":"noon"}"#, "time must be like 2026-01-02T03:04:05.678901Z"),
            (
                #"{"topic":"t","type":"x","data":1,"time":"2999-01-01T00:00:00Z"}"#,
                "time 2999-01-01T00:00:00.000000Z is more than 60 seconds ahead of the clock"
            ),
            (#"{"topic":"t","type":"x","data":1,"offset":-1}"#, "offset must be a whole number"),
            (#"{"topic":"t","type":"x","data":01}"#, "column 33: a number must not begin with a zero"),
            (#"{"topic":"t","type":"x","data":"\ud800"}"#, "is half of a surrogate pair"),
            (#"{"topic":"t","type":"x","data":1} {}"#, "expected the end of the text"),
            (#"{"topic":"t","type":"other","id":"a","data":1}"#, "id a belongs to another event, earlier in the file"),
        ])
    func refused(_ bad: String, _ reason: String) async throws {
        let log = try await TemporaryLog([])
        let good = Self.line(1, #""topic":"t","type":"x","id":"a""#) + Self.line(2)
        // Batches of two: the bad line is the second of the second one, or conflicts with one before.
        let result = try await Tool.log(
            "import", "--json", "--batch", "2", "-", in: log, input: good + Self.line(3) + bad + "\n" + Self.line(5))
        #expect(result.status == 1)
        #expect(result.errors.split(separator: "\n").count == 1)
        let reasons = [reason, reason.replacing("earlier in the file", with: "at offset 1")]
        #expect(
            reasons.contains {
                result.errors.hasPrefix("bitacora: standard input, line 4: \($0)") || result.errors.contains($0)
            }, "\(result.errors)")
        #expect(
            result.errors.contains(
                "only the lines before line 3 were written. Correct the file and import it again"),
            "\(result.errors)")
        #expect(try log.eventJSON().count == 2)
        #expect(try JSONValue(parsing: result.output)["written"] == 2)
        // After a correction and a second import, every line is in the log once.
        let corrected = try await Tool.log(
            "import", "--json", "-", in: log, input: good + Self.line(3) + Self.line(4) + Self.line(5))
        #expect(try JSONValue(parsing: corrected.output)["written"] == 3)
        #expect(try log.eventJSON().map { $0.suffix(3).dropLast(1) } == ["1", "2", "3", "4", "5"].map { ":" + $0 })
    }

    @Test("with --skip-bad, bad lines are skipped and reported, and the status is 1", arguments: [1, 3, 1000])
    func skipped(_ batch: Int) async throws {
        let (log, files) = (try await TemporaryLog([]), try TemporaryFiles([:]))
        let lines = [
            Self.line(1, #""topic":"t","type":"x","id":"a""#), "nonsense\n", Self.line(2),
            Self.line(0, #""topic":"a//b","type":"x""#), "\n", Self.line(3),
            Self.line(0, #""topic":"t","type":"y","id":"a""#), Self.line(4, #""topic":"t","type":"x","id":"a""#),
            Self.line(1, #""topic":"t","type":"x","id":"a""#), Self.line(5),
        ]
        try files.write("e", lines.joined())
        let result = try await Tool.log("import", "--json", "--skip-bad", "--batch", "\(batch)", files["e"], in: log)
        #expect(result.status == 1)
        let reports = result.errors.split(separator: "\n").map { String($0) }.sorted()
        #expect(reports.count == 5)
        for (number, reason) in [
            (2, "column 1: expected an object"), (4, "topic has an empty level"), (7, "id a belongs to another event"),
            (8, "id a belongs to another event"),
        ] {
            #expect(
                reports.contains { $0.hasPrefix("bitacora: \(files["e"]), line \(number) skipped: \(reason)") },
                "\(reports)")
        }
        #expect(reports.contains("bitacora: 4 bad lines were skipped"))
        #expect(try log.eventJSON().map { $0.suffix(2).dropLast(1) } == ["1", "2", "3", "5"])
        let summary = try JSONValue(parsing: result.output)
        #expect([summary["read"], summary["written"], summary["duplicates"], summary["skipped"]] == [9, 4, 1, 4])
    }

    @Test("a hundred bad lines are reported, the others are counted")
    func manyBad() async throws {
        let log = try await TemporaryLog([])
        let result = try await Tool.log(
            "import", "--skip-bad", "-", in: log, input: String(repeating: "x\n", count: 250))
        #expect(result.status == 1)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 101)
        #expect(lines.last == "bitacora: 250 bad lines were skipped")
    }

    @Test("a line without end is rejected before it fills the memory")
    func endless() async throws {
        let (log, files) = (try await TemporaryLog([]), try TemporaryFiles([:]))
        try files.write("e", Self.line(1) + String(repeating: "x", count: LineSource.maximumLine + 1_000_000))
        let result = try await Tool.log("import", files["e"], in: log)
        #expect(result.status == 1)
        #expect(
            result.errors.hasPrefix("bitacora: \(files["e"]), line 2 is longer than the limit of 33554432 bytes"),
            "\(result.errors)")
    }

    @Test(
        "invalid CloudEvents are rejected with the cause",
        arguments: [
            (#"{"specversion":"0.3","id":"1","source":"s","type":"t","subject":"x"}"#, "specversion must be \"1.0\""),
            (
                #"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#,
                "subject is missing, and the topic is taken from it; pass --topic NAME"
            ),
            (
                #"{"specversion":"1.0","source":"s","type":"t","subject":"x"}"#,
                "id is required; it must be a string that is not empty"
            ),
            (
                #"{"specversion":"1.0","id":"1","source":"","type":"t","subject":"x"}"#,
                "source is required; it must be a string that is not empty"
            ),
            (
                #"{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"x","data":1,"data_base64":"AA=="}"#,
                "an event can have data or data_base64, not both"
            ),
            (
                #"{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"x","data_base64":"A"}"#,
                "data_base64 must be base64"
            ),
            (
                #"{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"/x"}"#,
                "subject '/x' is not a topic: topic has an empty level; write levels as in auctions/42; pass --topic NAME"
            ),
            (
                #"{"specversion":"1.0","id":"1","source":"s","type":"t","subject":""}"#,
                "subject '' is not a topic: topic is empty; pass --topic NAME"
            ),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","subject":7}"#, "subject must be a string"),
        ])
    func cloudEvents(_ line: String, _ reason: String) async throws {
        let log = try await TemporaryLog([])
        let result = try await Tool.log("import", "-", in: log, input: line)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("bitacora: standard input, line 1: \(reason)"), "\(result.errors)")
        #expect(result.errors.contains("nothing was written"))
    }
}

@Suite("bitacora log import beside a server")
struct ImportThroughServerTests {
    @Test("sends a batch to the process that holds the log, and counts from the response")
    func accepted() async throws {
        let server = try TestServer(answering: "201 Created", #"{"offset":8,"offsets":[7,8],"duplicates":1}"#)
        let result = try await importing(through: server.address, ["--now", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(server.request.hasPrefix("POST /api/events HTTP/1.1\r\n"))
        #expect(
            server.request.hasSuffix(
                #"[{"topic":"t","type":"x","data":1,"id":"a","source":null},{"topic":"t","type":"x","data":2,"id":"b","source":null}]"#
            ), "\(server.request)")
        let summary = try JSONValue(parsing: result.output)
        #expect([summary["read"], summary["written"], summary["duplicates"]] == [2, 1, 1])
    }

    @Test(
        "sends data byte for byte: repeated keys, digits, escapes, depth",
        arguments: [
            #"{"a":1,"a":2.0,"b":"\u00e9\/"}"#, String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
        ])
    func exact(_ data: String) async throws {
        let server = try TestServer(answering: "201 Created", #"{"offset":7,"offsets":[7]}"#)
        let result = try await importing(
            through: server.address, ["--now", "--no-ids"], #"{"topic":"t","type":"x","source":"s","data":\#(data)}"#)
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            server.request.hasSuffix(#"[{"topic":"t","type":"x","data":\#(data),"source":"s"}]"#), "\(server.request)")
    }

    @Test("rejects times for a server, which sets the times itself")
    func times() async throws {
        let result = try await importing(through: "http://127.0.0.1:1", [])
        let dry = try await importing(through: "http://127.0.0.1:1", ["--dry-run"])
        #expect(dry.status == 1 && dry.errors == result.errors)
        #expect(try await importing(through: "http://127.0.0.1:1", ["--dry-run", "--now"]).status == 0)
        #expect(result.status == 1)
        #expect(
            result.errors
                == "bitacora: the server at http://127.0.0.1:1 holds the log and sets the times of events; pass --now to accept its times, or stop the server to keep the times of the file\n"
        )
    }

    @Test(
        "names the line that the server rejects, or its batch when the server names none",
        arguments: [
            (
                #"{"detail":"id b belongs to another event","field":"[1].id"}"#,
                "line 2: id b belongs to another event; nothing was written"
            ),
            (
                #"{"detail":"id b belongs to another event","field":"id"}"#,
                "lines 1 to 2: id b belongs to another event; nothing was written"
            ),
        ])
    func refused(_ body: String, _ message: String) async throws {
        let server = try TestServer(answering: "409 Conflict", type: "application/problem+json", body)
        let result = try await importing(through: server.address, ["--now"])
        #expect(result.status == 1)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test("a log that another process creates during an import is not written")
    func logOfAnotherProcess() async throws {
        let (log, files) = (try TemporaryLog(), try TemporaryFiles([:]))
        #expect(mkfifo(files["pipe"], 0o600) == 0)
        let tool = try RunningTool(["log", "import", "--format", "jsonl", files["pipe"], "--data", log.directory])
        let pipe = open(files["pipe"], O_WRONLY | O_CLOEXEC)
        // The import reads three bytes for the byte order mark, looks for the log, and reads on.
        for blank in ["\n\n\n", "\n"] {
            #expect(write(pipe, blank, blank.utf8.count) == blank.utf8.count)
            var unread: Int32 = 1
            while unread > 0 {
                #expect(ioctl(pipe, UInt(FIONREAD), &unread) == 0)
                await Task.yield()
            }
        }
        try await log.append([NewEvent(topic: "t", type: "x", data: TemporaryLog.json("1"))])
        let line = #"{"offset":1,"topic":"t","type":"x","data":1}"#
        #expect(write(pipe, line, line.utf8.count) == line.utf8.count)
        close(pipe)
        #expect(await tool.status() == 1)
        #expect(
            tool.errors
                == "bitacora: another process created the log in \(log.directory) after this import began; nothing was written; run the import again\n"
        )
        #expect(try log.eventJSON().count == 1)
    }

    private static let two = ["a", "b"].enumerated().map {
        #"{"topic":"t","type":"x","id":"\#($1)","data":\#($0 + 1)}"# + "\n"
    }.joined()

    /// Imports events, two if none are given, while this process holds the log.
    private func importing(
        through address: String, _ options: [String], _ text: String = two
    ) async throws -> Tool.Result {
        let directory = try TemporaryLog()
        let log = try EventLog(directory: directory.directory)
        defer { log.close() }
        log.announce(address: address)
        return try await Tool.run(["log", "import", "--data", directory.directory] + options + ["-"], input: text)
    }
}
