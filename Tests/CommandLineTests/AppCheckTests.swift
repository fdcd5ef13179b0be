import EventLog
import JSON
import Testing

@Suite("bitacora app check")
struct AppCheckTests {
    /// The application with views, of which `broken` replaces or adds some files.
    private static func folder(_ broken: [String: String] = [:]) throws -> TemporaryFiles {
        try TemporaryFiles(FolderApplication.files.merging(broken) { $1 })
    }

    @Test("lists what an application without errors declares, and the number of its own templates")
    func sound() async throws {
        let files = try Self.folder([
            "views/orders.handlebars": "{{> row}}", "views/partials/row.handlebars": "<p>", "views/assets/a.css": "",
        ])
        let result = try await Tool.run(["app", "check", files.directory])
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.output)\(result.errors)")
        #expect(
            result.lines == [
                "result       no errors in \(files.directory)", "topics       orders/{order}",
                "collections  orders, customers", "commands     order.cancel", "pages        none",
                "templates    2",
            ])
    }

    @Test("reports all errors of definition, schemas and templates, one a line, and ends with status 1")
    func errors() async throws {
        let files = try Self.folder([
            "app.json": """
            {
              "topics": { "orders/{order}": { "order.placed": { "schema": "schemas/none.json" } } },
              "collections": { "orders": { "from": "orders/*", "key": "topic.ordre", "on": {} } },
              "colections": {}
            }
            """,
            "schemas/placed.json": "{",
            "views/orders.handlebars": "<p>\n  {{#if x}}",
            "views/partials/row.handlebars": "{{shout 1}}", "views/assets/live.js": "",
        ])
        let result = try await Tool.run(["app", "check", files.directory])
        #expect(result.status == 1)
        #expect(
            result.errors
                == "bitacora: \(result.lines.count) errors found in the application in \(files.directory)\n")
        for line in [
            "app.json:2:63: ", "app.json:3:59: ", "app.json:4:3: ", "schemas/placed.json:1:2: ",
            "views/orders.handlebars:2:3: block \"if\" is never closed (close it with {{/if}})",
            "views/assets/live.js: the server's own pages use this name; choose another one",
            "views/partials/row.handlebars:1:1: Missing helper: \"shout\"",
        ] {
            #expect(result.lines.contains { $0.hasPrefix(files[line]) }, "\(line): \(result.output)")
        }
    }

    @Test("reports the same errors as JSON, without what would be declared")
    func json() async throws {
        let files = try Self.folder(["app.json": "{\n  \"topics\": 1\n}"])
        let result = try await Tool.run(["app", "check", "--json", files.directory])
        #expect(result.status == 1)
        #expect(result.lines.count == 1)
        let report = try JSONValue(parsing: result.output)
        #expect(
            report.object?.entries.map(\.key) == [
                "folder", "errorCount", "errors", "topics", "collections", "commands", "pages", "templates", "log",
            ])
        #expect((report["errorCount"], report["collections"], report["log"]) == (1, [], .null))
        let first = try #require(report["errors"]?.array?.first)
        #expect(first.object?.entries.map(\.key) == ["file", "line", "column", "message"])
        #expect(first["file"]?.string == files["app.json"])
        #expect((first["line"], first["column"]) == (2, 13))
    }

    @Test("a folder without app.json is an error of the application")
    func missing() async throws {
        let files = try TemporaryFiles([:])
        let result = try await Tool.run(["app", "check", files["none"]])
        #expect(result.status == 1)
        #expect(result.lines.first?.hasPrefix(files["none/app.json: this file does not exist"]) == true)
        #expect(result.errors == "bitacora: 1 error found in the application in \(files["none"])\n")
    }

    /// The sample, and four events that do not fit: no amount, an amount of the wrong type, no customer and no data.
    private static func log() async throws -> TemporaryLog {
        try await TemporaryLog(
            FolderApplication.events + [
                FolderApplication.event(1, "order.paid", "{}"),
                FolderApplication.event(3, "order.paid", #"{"amount":"2.5"}"#),
                FolderApplication.event(4, "order.placed", #"{"total":1}"#),
                NewEvent(topic: "orders/5", type: "order.placed", data: .bytes([1])),
                NewEvent(topic: "notes", type: "order.paid", data: TemporaryLog.json("{}")),
            ])
    }

    @Test("counts for each operation the events of a log that it uses and skips, also while a server writes the log")
    func trial() async throws {
        let (files, log) = (try Self.folder(), try await Self.log())
        let writer = try EventLog(directory: log.directory)
        defer { Tool.whileNothingIsSpawned { writer.close() } }
        let result = try await Tool.run(["app", "check", files.directory, "--data", log.directory])
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.lines.map { $0.split(separator: " ").map(String.init) }
        #expect(result.lines.contains("log          10 events, offsets 1 to 10; operations skip events"))
        let title = try #require(lines.firstIndex { $0.first == "COLLECTION" })
        #expect(
            lines[(title + 1)...].map { $0 } == [
                ["orders", "order.cancelled", "set", "1", "0"], ["orders", "order.paid", "set", "3", "0"],
                ["orders", "order.paid", "add", "1", "2", "6"], ["orders", "order.placed", "put", "3", "2", "8"],
            ], "\(result.output)")
        #expect(writer.head == 10)
        #expect(try writer.snapshots().isEmpty)
    }

    @Test("the counts are part of the JSON")
    func trialJSON() async throws {
        let (files, log) = (try Self.folder(), try await Self.log())
        let result = try await Tool.run(["app", "check", "--json", files.directory, "--data", log.directory])
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(try JSONValue(parsing: result.output)["log"])
        #expect(report.object?.entries.map(\.key) == ["first", "head", "events", "operations"])
        #expect((report["first"], report["head"], report["events"]) == (1, 10, 10))
        #expect(
            report["operations"]?.array?.last?.text
                == #"{"collection":"orders","type":"order.placed","operation":"put","used":3,"skipped":2,"firstSkipped":8}"#
        )
    }

    @Test("a trimmed log is folded from its first event on")
    func trimmed() async throws {
        let (files, log) = (try Self.folder(), try await Self.log())
        try await log.trim(before: 5)
        let result = try await Tool.run(["app", "check", "--json", files.directory, "--data", log.directory])
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(try JSONValue(parsing: result.output)["log"])
        #expect((report["first"], report["events"]) == (5, 6))
    }

    @Test("a log that does not exist ends the command with status 2, unless the folder has errors")
    func noLog() async throws {
        let (files, log) = (try Self.folder(), try TemporaryLog())
        let arguments = ["app", "check", files.directory, "--data", log.directory]
        let result = try await Tool.run(arguments)
        #expect(result.status == 2)
        #expect(result.errors.hasPrefix("bitacora: there is no log in \(log.directory)"), "\(result.errors)")
        try files.write("app.json", "{")
        #expect(try await Tool.run(arguments).status == 1)
    }
}
