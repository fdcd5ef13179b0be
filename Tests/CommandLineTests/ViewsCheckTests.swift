import JSON
import Testing

@Suite("bitacora views check")
struct ViewsCheckTests {
    private func broken() throws -> TemporaryFiles {
        try TemporaryFiles([
            "home.handlebars": "\n\n  {{#if x}}", "admin/users.handlebars": "{{> rows}} {{shout 1}}",
            "layouts/main.handlebars": "{{{body}}}",
            "layouts/bare.handlebars": "{{/each}}", "partials/row.handlebars": "{{a/../b}}", "notes.txt": "{{#if}",
        ])
    }

    @Test("the project's own views have no errors")
    func ownViews() async throws {
        let views = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Views"
        let server = try await Tool.run(["views", "check", views + "/server"])
        #expect(server.errors.isEmpty)
        #expect((server.status, server.output) == (0, "17 templates, no errors\n"))
        let both = try await Tool.run(["views", "check", views + "/marketplace", views + "/server"])
        #expect(both.errors.isEmpty)
        #expect((both.status, both.output) == (0, "30 templates, no errors\n"))
    }

    @Test("a server ends with status 1 for errors in templates, and with 2 without the directory")
    func serve() async throws {
        let files = try broken()
        for (views, status) in [(files.directory, Int32(1)), (files["missing"], 2)] {
            let result = try await Tool.run(["serve", "--port", "0", "--views", views, "--data", files["log"]])
            #expect(result.status == status, "\(result.errors)")
        }
    }

    @Test("reports all errors of all files, and ends with status 1")
    func errors() async throws {
        let files = try broken()
        let result = try await Tool.run(["views", "check", files.directory])
        #expect(result.status == 1)
        #expect(result.errors == "bitacora: 5 errors found in the templates of \(files.directory)\n")
        for line in [
            "home.handlebars:3:3: block \"if\" is never closed (close it with {{/if}})",
            "layouts/bare.handlebars:1:1: ",
            "partials/row.handlebars:1:3: Invalid path: a/..",
            "admin/users.handlebars:1:1: The partial rows could not be found (did you mean \"row\"?)",
            "admin/users.handlebars:1:12: Missing helper: \"shout\"",
        ] {
            #expect(result.lines.contains { $0.hasPrefix(files[line]) }, "\(line): \(result.output)")
        }
        #expect(result.lines.filter { $0.hasSuffix("^") }.count == 5)
        let reported = try await Tool.run(["views", "check", files.directory, "--helper", "shout"])
        #expect(reported.errors.contains("4 errors"))
    }

    @Test("reports the same errors as JSON")
    func json() async throws {
        let files = try broken()
        let result = try await Tool.run(["views", "check", "--json", files.directory])
        #expect(result.status == 1)
        #expect(result.lines.count == 1)
        let report = try JSONValue(parsing: result.output)
        #expect(report.object?.entries.map(\.key) == ["files", "errorCount", "errors"])
        #expect((report["files"], report["errorCount"]) == (5, 5))
        let first = try #require(report["errors"]?.array?.first { $0["code"] == "missing-partial" })
        #expect(
            first.object?.entries.map(\.key) == ["code", "message", "hint", "template", "line", "column", "excerpt"])
        #expect(first["template"]?.string == files["admin/users.handlebars"])
        #expect((first["line"], first["column"], first["hint"]) == (1, 1, "did you mean \"row\"?"))
    }

    @Test("directories and extensions can be set by options")
    func options() async throws {
        let files = try TemporaryFiles([
            "pages/a.hbs": "{{> p}}{{> q}}", "frames/main.hbs": "{{{body}}}", "one/p.hbs": "", "two/q.hbs": "",
        ])
        let arguments = [
            "views", "check", files["pages"], "--extension", "hbs", "--partials", files["one"], "--default-layout",
            "none",
        ]
        #expect(try await Tool.run(arguments).status == 1)
        #expect(try await Tool.run(arguments + ["--partials", files["two"]]).output == "3 templates, no errors\n")
        #expect(
            try await Tool.run(arguments + ["--partials", files["two"], "--layouts", files["frames"]]).output
                == "4 templates, no errors\n")
    }

    @Test("a missing default layout and all missing views are reported")
    func needs() async throws {
        let files = try TemporaryFiles([
            "home.handlebars": "", "realtimeProducts.handlebars": "", "layouts/mian.handlebars": "{{{body}}}",
        ])
        let result = try await Tool.run([
            "views", "check", files.directory, "--view", "home", "--view", "realTimeProducts", "--view", "error",
        ])
        #expect(result.status == 1)
        #expect(
            result.output == """
                there is no view "realTimeProducts" in \(files.directory) (did you mean "realtimeProducts"?)

                there is no view "error" in \(files.directory) (create \(files["error.handlebars"]))

                there is no layout "main" in \(files["layouts"]) (did you mean "mian"?)

                """)
        for layout in ["none", "mian"] {
            #expect(try await Tool.run(["views", "check", files.directory, "--default-layout", layout]).status == 0)
        }
        let bare = try TemporaryFiles(["home.handlebars": ""])
        #expect(try await Tool.run(["views", "check", bare.directory]).output.hasPrefix("there is no layout \"main\""))
    }

    @Test("a directory without templates cannot be checked", arguments: ["none", "empty", "file"])
    func nothing(_ name: String) async throws {
        let files = try TemporaryFiles(["empty/x.txt": "", "file": ""])
        let result = try await Tool.run(["views", "check", files[name]])
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: ") && result.errors.contains(files[name]))
        #expect(result.errors.split(separator: "\n").count == 1)
    }
}
