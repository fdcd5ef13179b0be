import EventLog
import Glibc
import JSON
import Testing

@Suite("bitacora log append")
struct AppendTests {
    @Test("appends JSON, from an argument or standard input, and prints the offset", arguments: [true, false])
    func json(_ usesInput: Bool) async throws {
        let log = try await TemporaryLog([])
        let data = #"{"text" : "Hi"}"#
        let result = try await Tool.log(
            "append", "--topic", "chat", "--type", "message.posted", "--source", "cli", "--id", "a",
            usesInput ? "-" : data, in: log,
            input: data)
        #expect(result.status == 0)
        #expect(result.output == "1\n")
        #expect(
            try log.eventJSON()[0].hasSuffix(
                #""topic":"chat","type":"message.posted","id":"a","source":"cli","data":{"text":"Hi"}}"#))
    }

    @Test("appends bytes unchanged, and null without data")
    func bytes() async throws {
        let log = try await TemporaryLog([])
        #expect(
            try await Tool.log("append", "--topic", "t", "--type", "x", "--bytes", "-", in: log, input: "{\n").output
                == "1\n")
        #expect(try await Tool.log("append", "--topic", "t", "--type", "x", in: log).output == "2\n")
        #expect(
            try await Tool.run(["log", "append", "--topic", "t", "--type", "x", "--data", log.directory, "--", "-1"])
                .output == "3\n")
        let events = try log.eventJSON()
        #expect(events[0].hasSuffix(#""data":"ewo=","encoding":"base64"}"#))
        #expect(events[1].hasSuffix(#""data":null}"#))
        #expect(events[2].hasSuffix(#""data":-1}"#))
    }

    @Test("prints the same JSON with and without a server")
    func receipt() async throws {
        let log = try await TemporaryLog([])
        let arguments = [
            "log", "append", "--data", log.directory, "--topic", "t", "--type", "x", "--id", "a", "--json",
        ]
        let first = try await Tool.run(arguments).output
        #expect(
            first.wholeMatch(of: #/{"offset":1,"offsets":\[1\],"duplicates":0,"position":"[0-9a-f]{16}:1"}\n/#) != nil,
            "\(first)")
        #expect(try await Tool.run(arguments).output == first.replacing("\"duplicates\":0", with: "\"duplicates\":1"))
    }

    @Test("prints the first offset of an existing id")
    func sameID() async throws {
        let log = try await TemporaryLog.sample()
        let same = #"{ "id": 1, "title": "Lamp" }"#
        let result = try await Tool.log(
            "append", "--topic", "products", "--type", "product.created", "--id", "p-1", same, in: log)
        #expect(result.output == "1\n")
        #expect(try log.eventJSON().count == 5)
    }

    @Test(
        "rejects an event with status 1 and one sentence, and writes nothing",
        arguments: [
            (
                ["--topic", "products", "--type", "x", "--expected-offset", "3", "1"],
                "topic products is at offset 5, not 3"
            ),
            (["--topic", "new", "--type", "x", "--expected-offset", "1", "1"], "topic new is at offset 0, not 1"),
            (["--topic", "a//b", "--type", "x", "1"], "topic has an empty level"),
            (["--topic", "t", "--type", "reset", "1"], "type reset is reserved"),
            (["--topic", "t", "--type", "x", "{"], "data is not JSON"),
            (["--topic", "t", "--type", "x", "--id", "p-1", "1"], "id p-1 belongs to another event"),
            (
                ["--topic", "products", "--type", "product.created", "--id", "p-1", "{}"],
                "id p-1 belongs to another event"
            ),
        ] as [([String], String)])
    func refusals(_ arguments: [String], _ reason: String) async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.run(["log", "append", "--data", log.directory] + arguments)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: \(reason)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(try log.eventJSON().count == 5)
    }

    @Test("creates a log only with --create, and reports this once")
    func create() async throws {
        let log = try TemporaryLog()
        let refused = try await Tool.log("append", "--topic", "t", "--type", "x", "1", in: log)
        #expect(refused.status == 2)
        #expect(refused.errors.hasPrefix("bitacora: there is no log in \(log.directory)"))
        let first = try await Tool.log("append", "--topic", "t", "--type", "x", "--create", "1", in: log)
        #expect(first.output == "1\n")
        #expect(first.errors == "bitacora: there was no log in \(log.directory); a new log was created\n")
        let second = try await Tool.log("append", "--topic", "t", "--type", "x", "--create", "1", in: log)
        #expect(second.output == "2\n" && second.errors.isEmpty, "\(second.errors)")
    }

    @Test(
        "a rejected event leaves no new log behind",
        arguments: [
            (["--topic", "t", "--type", "x", "{"], "data is not JSON"),
            (["--topic", "a//b", "--type", "x", "1"], "topic has an empty level"),
            (["--topic", "t", "--type", "reset", "1"], "type reset is reserved"),
            (
                ["--topic", "t", "--type", "x", "--expected-offset", "3", "1"],
                "so topic t has no event at offset 3; pass --expected-offset 0"
            ),
        ] as [([String], String)])
    func refusedFirst(_ arguments: [String], _ reason: String) async throws {
        let log = try TemporaryLog()
        let result = try await Tool.run(["log", "append", "--create", "--data", log.directory] + arguments)
        #expect(result.status == 1)
        #expect(result.errors.contains(reason), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(access(log.directory, F_OK) != 0)
    }

    @Test("a new log accepts an event that expects a topic without events")
    func expectingNothing() async throws {
        let log = try TemporaryLog()
        #expect(
            try await Tool.log(
                "append", "--create", "--topic", "t", "--type", "x", "--expected-offset", "0", "1", in: log
            ).output == "1\n")
    }
}

@Suite("bitacora log append beside a server")
struct AppendThroughServerTests {
    @Test("sends the event to the process that holds the log, and prints the response", arguments: [true, false])
    func accepted(_ isJSON: Bool) async throws {
        let answer = #"{"offset":17,"offsets":[17]}"#
        let server = try TestServer(answering: "201 Created", answer)
        let result = try await append(
            to: server.address, ["--id", "a", "--expected-offset", "3"] + (isJSON ? ["--json"] : []), #"{"n": 1.50}"#)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == (isJSON ? answer : "17") + "\n")
        #expect(server.request.hasPrefix("POST /api/events HTTP/1.1\r\n"))
        #expect(server.request.contains("Host: \(server.address.dropFirst(7))\r\n"))
        #expect(
            server.request.hasSuffix(
                #"{"topic":"t","type":"x","data":{"n":1.50},"id":"a","source":"cli","expectedOffset":3}"#))
    }

    @Test("sends bytes as base64")
    func bytes() async throws {
        let server = try TestServer(answering: "201 Created", #"{"offset":1,"offsets":[1]}"#)
        #expect(try await append(to: server.address, ["--bytes"], "abcd").status == 0)
        #expect(
            server.request.hasSuffix(#"{"topic":"t","type":"x","data":"YWJjZA==","encoding":"base64","source":"cli"}"#))
    }

    @Test(
        "prints the error message of the server",
        arguments: [
            (
                "409 Conflict",
                #"{"title":"Conflict","detail":"topic t is at offset 9","code":"conflict","field":"expectedOffset"}"#,
                Int32(1), "topic t is at offset 9"
            ),
            ("413 Content Too Large", #"{"title":"Too large"}"#, 1, "Too large"),
            ("503 Service Unavailable", #"{"title":"Busy","detail":"the log is full"}"#, 2, "the log is full"),
        ])
    func refused(_ status: String, _ body: String, _ code: Int32, _ message: String) async throws {
        let server = try TestServer(answering: status, type: "application/problem+json", body)
        let result = try await append(to: server.address, [], "1")
        #expect(result.status == code)
        #expect(result.output.isEmpty)
        #expect(result.errors == "bitacora: \(message)\n")
    }

    @Test("rejects a response that is not a receipt", arguments: ["<html>", "{}", #"{"offset":"1"}"#])
    func stranger(_ body: String) async throws {
        let server = try TestServer(answering: "201 Created", body)
        let result = try await append(to: server.address, [], "1")
        #expect(result.status == 2)
        #expect(result.errors.contains("sent an unexpected response with status 201"))
    }

    @Test(
        "reports a server that cannot be reached or has no address",
        arguments: ["http://127.0.0.1:1", "https://x", nil])
    func unreachable(_ address: String?) async throws {
        let result = try await append(to: address, [], "1")
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: the "))
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    /// Appends while this process holds the log.
    private func append(to address: String?, _ options: [String], _ data: String) async throws -> Tool.Result {
        let directory = try TemporaryLog()
        let log = try EventLog(directory: directory.directory)
        defer { log.close() }
        if let address { log.announce(address: address) }
        return try await Tool.run(
            ["log", "append", "--data", directory.directory, "--topic", "t", "--type", "x"] + options + [data])
    }
}
