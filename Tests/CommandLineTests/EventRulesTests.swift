import EventLog
import JSON
import Testing

/// An event that the application of `FolderApplication` refuses, and why.
private struct BadEvent: CustomTestStringConvertible, Sendable {
    let type: String
    let data: String
    let reason: String
    var testDescription: String { "\(type) \(data)" }

    static let all = [
        BadEvent(
            type: "order.paid", data: #"{"amount":"12"}"#, reason: "/data/amount must be a number, not a string"),
        BadEvent(type: "order.paid", data: "7", reason: "/data must be an object, not a number"),
        BadEvent(type: "order.placed", data: #"{"customer":"Ada"}"#, reason: "/data"),
        BadEvent(
            type: "order.lost", data: "{}",
            reason: "the topic orders/{order} is closed and has no type \"order.lost\""),
    ]
}

@Suite("bitacora log append and import with the rules of an application")
struct EventRulesTests {
    private static func line(_ type: String, _ data: String, topic: String = "orders/9") -> String {
        #"{"topic":"\#(topic)","type":"\#(type)","data":\#(data)}"# + "\n"
    }

    private static let good = line("order.placed", #"{"customer":"Ada","total":1}"#)

    @Test(
        "append refuses an event that the stored definition does not allow, and writes nothing", arguments: BadEvent.all
    )
    fileprivate func append(_ bad: BadEvent) async throws {
        let log = try await FolderApplication.log()
        let result = try await Tool.log("append", "--topic", "orders/9", "--type", bad.type, bad.data, in: log)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: \(bad.reason)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(try log.eventJSON().count == 5)
    }

    @Test("append refuses a type that only commands append")
    func commandOnly() async throws {
        let log = try await FolderApplication.log()
        let result = try await Tool.log("append", "--topic", "orders/1", "--type", "order.cancelled", "{}", in: log)
        #expect(result.status == 1)
        #expect(
            result.errors.hasPrefix("bitacora: order.cancelled on orders/{order} is only appended by commands"),
            "\(result.errors)")
        #expect(result.errors.contains("order.cancel"))
        #expect(try log.eventJSON().count == 5)
    }

    @Test("append accepts what the definition allows, and every type on topics that are not declared")
    func accepted() async throws {
        let log = try await FolderApplication.log()
        for (topic, type, data) in [
            ("orders/9", "order.placed", #"{"customer":"Ada","total":1}"#),
            ("orders/9", "order.paid", #"{"amount":1}"#),
            ("orders/9/lines", "order.lost", "1"), ("notes", "order.paid", "{}"),
        ] {
            let result = try await Tool.log("append", "--topic", topic, "--type", type, data, in: log)
            #expect(result.status == 0, "\(topic) \(type): \(result.errors)")
        }
    }

    @Test("append uses the definition of --app, also for a log that it creates", arguments: [true, false])
    func appendWithFolder(_ isNew: Bool) async throws {
        let files = try TemporaryFiles(FolderApplication.files)
        let log = isNew ? try TemporaryLog() : try await TemporaryLog([])
        let arguments = [
            "log", "append", "--create", "--app", files.directory, "--data", log.directory, "--topic", "orders/1",
            "--type", "order.paid",
        ]
        let refused = try await Tool.run(arguments + ["{}"])
        #expect(refused.status == 1 && refused.errors.hasPrefix("bitacora: /data"), "\(refused.errors)")
        if isNew { #expect(try await Tool.log("list", in: log).status == 2) }
        #expect(try await Tool.run(arguments + [#"{"amount":1}"#]).output == "1\n")
        let folder = try TemporaryFiles(["app.json": "{}"])
        let stored = try await FolderApplication.log()
        let replaced = try await Tool.log(
            "append", "--app", folder.directory, "--topic", "orders/1", "--type", "order.paid", "{}", in: stored)
        #expect(replaced.output == "6\n", "\(replaced.errors)")
    }

    @Test("append through a server prints the server's refusal, and checks --app itself")
    func appendThroughServer() async throws {
        let (directory, files) = (try TemporaryLog(), try TemporaryFiles(FolderApplication.files))
        let server = try TestServer(
            answering: "422 Unprocessable Content", type: "application/problem+json",
            #"{"title":"Unprocessable Content","detail":"/data/amount must be a number, not a string","code":"schema","field":"/data/amount"}"#
        )
        let log = try EventLog(directory: directory.directory)
        defer { Tool.whileNothingIsSpawned { log.close() } }
        log.announce(address: server.address)
        let arguments = ["append", "--data", directory.directory, "--topic", "orders/1", "--type", "order.paid"]
        let given = try await Tool.run(["log"] + arguments + ["--app", files.directory, "7"])
        #expect(given.status == 1 && given.errors == "bitacora: /data must be an object, not a number\n")
        #expect(server.request.isEmpty)
        let result = try await Tool.run(["log"] + arguments + [#"{"amount":"12"}"#])
        #expect(result.status == 1 && result.errors == "bitacora: /data/amount must be a number, not a string\n")
        #expect(server.request.hasPrefix("POST /api/events "))
    }

    @Test(
        "import reports events that the definition does not allow as bad lines", arguments: BadEvent.all, [true, false])
    fileprivate func bad(_ bad: BadEvent, isDryRun: Bool) async throws {
        let log = try await FolderApplication.log()
        let arguments = ["import", "--batch", "1", "--data", log.directory] + (isDryRun ? ["--dry-run"] : [])
        let result = try await Tool.run(
            ["log"] + arguments + ["-"], input: Self.good + Self.good + Self.line(bad.type, bad.data))
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("bitacora: standard input, line 3: \(bad.reason)"), "\(result.errors)")
        #expect(try log.eventJSON().count == (isDryRun ? 5 : 7))
    }

    @Test("with --skip-bad, import skips them")
    func skipped() async throws {
        let log = try await FolderApplication.log()
        let result = try await Tool.log(
            "import", "--skip-bad", "--json", "-", in: log,
            input: BadEvent.all.map { Self.line($0.type, $0.data) }.joined() + Self.good)
        #expect(result.status == 1)
        let summary = try JSONValue(parsing: result.output)
        #expect([summary["written"], summary["skipped"]] == [1, 4])
    }

    @Test("import accepts types that only commands append, because a file may be a history", arguments: [true, false])
    func history(_ isNew: Bool) async throws {
        let (source, files) = (try await FolderApplication.log(), try TemporaryFiles(FolderApplication.files))
        #expect(try await Tool.log("export", files["events.jsonl"], in: source).status == 0)
        let target = isNew ? try TemporaryLog() : try await TemporaryLog([])
        if !isNew { try await FolderApplication.store(FolderApplication.files, in: target) }
        let result = try await Tool.run(
            ["log", "import", "--no-ids", files["events.jsonl"], "--data", target.directory]
                + (isNew ? ["--app", files.directory] : []))
        #expect(result.status == 0, "\(result.errors)")
        #expect(try target.eventJSON() == (try source.eventJSON()))
    }
}
