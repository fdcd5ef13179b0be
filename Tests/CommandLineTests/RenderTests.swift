import Testing

@Suite("bitacora render")
struct RenderTests {
    private func files() throws -> TemporaryFiles {
        try TemporaryFiles([
            "page.handlebars": "\n<ul>\n{{#each items}}\n  {{> row}}\n{{/each}}\n</ul>{{title}}\n",
            "partials/row.handlebars": "<li>{{this}}</li>\n", "partials/deep/er.hbs": "deeper",
            "more/row.hbs": "<b>{{this}}</b>\n",
            "layout.handlebars": "<title>{{title}}</title>\n{{{body}}}\n\n",
            "data.json": #"{"title": "A&B", "items": ["x", "<y>"]}"#,
        ])
    }

    @Test("writes every byte of the output")
    func bytes() async throws {
        let files = try files()
        let result = try await Tool.run([
            "render", files["page.handlebars"], "--data", files["data.json"], "--partials", files["partials"],
        ])
        #expect(result.errors.isEmpty)
        #expect(result.status == 0)
        #expect(result.output == "\n<ul>\n  <li>x</li>\n  <li>&lt;y&gt;</li>\n</ul>A&amp;B\n")
    }

    @Test("reads the template or the data from standard input")
    func standardInput() async throws {
        let files = try files()
        #expect(try await Tool.run(["render", "-"], input: "Hello {{name}}{{#if x}}!{{/if}}\n").output == "Hello \n")
        try files.write("hello.hbs", "Hello {{name}}!")
        let result = try await Tool.run(["render", files["hello.hbs"], "--data", "-"], input: #"{"name": "\"Ada\""}"#)
        #expect(result.output == "Hello &quot;Ada&quot;!")
        #expect(
            try await Tool.run(["render", "-", "--data", files["data.json"]], input: "{{items.length}}").output == "2")
        #expect(try await Tool.run(["render", files["hello.hbs"], "--data", "-"], input: "[1]").output == "Hello !")
    }

    @Test("the last directory with a partial of a name is used, with any extension")
    func partials() async throws {
        let files = try files()
        let arguments = [
            "render", "-", "--data", files["data.json"], "--partials", files["partials"], "--partials", files["more"],
        ]
        #expect(
            try await Tool.run(arguments, input: "{{#each items}}{{> row}}{{/each}}{{> deep/er}}").output
                == "<b>x</b>\n<b>&lt;y&gt;</b>\ndeeper")
    }

    @Test("with a layout the output is that of the server")
    func layout() async throws {
        let files = try files()
        let result = try await Tool.run([
            "render", files["page.handlebars"], "--data", files["data.json"], "--partials", files["partials"],
            "--layout", files["layout.handlebars"],
        ])
        #expect(result.errors.isEmpty)
        #expect(result.output == "<title>A&amp;B</title>\n<ul>\n  <li>x</li>  <li>&lt;y&gt;</li></ul>A&amp;B")
    }

    @Test("with a layout both files know their names")
    func names() async throws {
        let files = try TemporaryFiles([
            "a.home.hbs": "{{@exphbs.view}}", "main.hbs": "{{{body}}} in {{@exphbs.layout}} of {{@exphbs.view}}",
        ])
        #expect(
            try await Tool.run(["render", files["a.home.hbs"], "--layout", files["main.hbs"]]).output
                == "a.home in main of a.home")
        #expect(
            try await Tool.run(["render", "-", "--layout", files["main.hbs"]], input: "x").output == "x in main of -")
        #expect(try await Tool.run(["render", files["a.home.hbs"]]).output.isEmpty)
    }

    @Test("writes large output")
    func large() async throws {
        let files = try TemporaryFiles([
            "numbers.json": "[" + (0..<50_000).map(String.init).joined(separator: ",") + "]"
        ])
        let result = try await Tool.run(
            ["render", "-", "--data", files["numbers.json"]], input: "{{#each this}}{{.}}\n{{/each}}")
        #expect(result.status == 0)
        #expect(result.lines.count == 50_000)
        #expect(result.lines.last == "49999")
    }

    @Test("{{log}} prints to standard error")
    func log() async throws {
        let result = try await Tool.run(["render", "-"], input: "a{{log \"seen\" 1 level=\"warn\"}}b")
        #expect((result.status, result.output, result.errors) == (0, "ab", "warn: seen 1\n"))
    }

    @Test("an error in a template is reported with its position, and nothing is written")
    func errors() async throws {
        let files = try files()
        try files.write("partials/row.handlebars", "<li>\n\té{{shuot this}}</li>")
        let result = try await Tool.run([
            "render", files["page.handlebars"], "--data", files["data.json"], "--partials", files["partials"],
        ])
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(
            result.errors == """
                bitacora: \(files["partials"])/row.handlebars:2:3: Missing helper: "shuot"
                      é{{shuot this}}</li>
                       ^
                  called from \(files["page.handlebars"]):4:3

                """)
        let broken = try await Tool.run(["render", "-"], input: "{{#if x}}")
        #expect(broken.status == 1)
        #expect(
            broken.errors.hasPrefix(
                "bitacora: standard input:1:1: block \"if\" is never closed (close it with {{/if}})\n"),
            "\(broken.errors)")
    }

    @Test("a missing field is an error only with --strict")
    func strict() async throws {
        let files = try TemporaryFiles(["data.json": #"{"user": {}}"#])
        let arguments = ["render", "-", "--data", files["data.json"]]
        #expect(try await Tool.run(arguments, input: "[{{user.name}}]").output == "[]")
        let result = try await Tool.run(arguments + ["--strict"], input: "[{{user.name}}]")
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: standard input:1:4: "), "\(result.errors)")
        #expect(
            result.errors.contains("\"name\" not defined in an object without fields, in the path user.name"),
            "\(result.errors)")
    }

    @Test("data that is not JSON is rejected with the line and a caret")
    func noJSON() async throws {
        let files = try files()
        try files.write("data.json", "{\n\t\"é\": 1,\n\t\"b\": [1 2]\n}")
        let result = try await Tool.run(["render", files["page.handlebars"], "--data", files["data.json"]])
        #expect(result.status == 1)
        #expect(
            result.errors == """
                bitacora: \(files["data.json"]):3:10: this is not JSON: expected ',' or ']', found '2'; write a comma before it
                      "b": [1 2]
                              ^

                """)
        let input = try await Tool.run(["render", files["page.handlebars"], "--data", "-"], input: "{\n \"a\": }")
        #expect(input.errors.hasPrefix("bitacora: standard input:2:7: this is not JSON: "), "\(input.errors)")
        // Of a long line there is only what is around the place.
        let long = try await Tool.run(
            ["render", files["page.handlebars"], "--data", "-"],
            input: "[" + String(repeating: "1,", count: 5_000) + "]")
        #expect(
            long.lines.allSatisfy { $0.count < 200 } && long.errors.contains("standard input:1:10001: "),
            "\(long.errors)")
    }

    @Test(
        "a file that cannot be read is reported in one sentence with status 2",
        arguments: ["template", "data", "layout", "partials", "folder"])
    func missing(_ which: String) async throws {
        let files = try files()
        let (page, none) = (files["page.handlebars"], files["none"])
        let arguments =
            switch which {
            case "template": ["render", none]
            case "folder": ["render", files["partials"]]
            default: ["render", page, "--partials", files["partials"], "--\(which)", none]
            }
        let result = try await Tool.run(arguments)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(
            result.errors.hasPrefix("bitacora: \(which == "folder" ? files["partials"] : none)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("template and data cannot both be standard input, and a template is required")
    func usage() async throws {
        let both = try await Tool.run(["render", "-", "--data", "-"])
        #expect(both.status == 64)
        #expect(both.errors.hasPrefix("bitacora: the template and --data cannot both be standard input"))
        #expect(try await Tool.run(["render"]).status == 64)
        let help = try await Tool.run(["render", "--help"]).output
        #expect(help.contains("Example: bitacora render"))
        let usage = try #require(help.split(separator: "\n").first { $0.hasPrefix("USAGE:") })
        #expect(
            usage
                == "USAGE: bitacora render [--data <file>] [--partials <dir> ...] [--layout <file>] [--strict] <template>"
        )
    }
}
