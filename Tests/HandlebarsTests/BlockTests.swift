import Handlebars
import Testing

@Suite("Blocks")
struct BlockTests {
    @Test(
        "falsy values of JavaScript and empty arrays are false for if",
        arguments: [
            (.undefined, "f"), (nil, "f"), (false, "f"), (0, "f"), (.number(.nan), "f"), ("", "f"), ([], "f"),
            (true, "t"), (1, "t"), ("0", "t"), (" ", "t"), ([0], "t"), ([:], "t"), (.safeString(""), "t"),
        ] as [(Value, String)])
    func decides(_ value: Value, _ branch: String) throws {
        let other = branch == "t" ? "f" : "t"
        #expect(try render("{{#if x}}t{{else}}f{{/if}}", ["x": value]) == branch)
        #expect(try render("{{#unless x}}t{{else}}f{{/unless}}", ["x": value]) == other)
        #expect(try render("{{#if x}}t{{^}}f{{/if}}", ["x": value]) == branch)
    }

    @Test(
        "blocks render what handlebars.js renders",
        arguments: [
            Row("{{#if 0 includeZero=true}}t{{/if}}{{#if a}}1{{else if b}}2{{else}}3{{/if}}", ["b": 1], "t2"),
            Row(
                "{{#each l}}{{@index}}{{@key}}{{@first}}{{@last}}{{this}};{{else}}-{{/each}}", ["l": ["a", "b"]],
                "00truefalsea;11falsetrueb;"),
            Row(
                "{{#each l}}x{{else}}-{{/each}}{{#each n}}x{{else}}-{{/each}}{{#each s}}x{{else}}-{{/each}}",
                ["l": [], "s": "text"], "---"),
            Row(
                "{{#each o}}{{@index}}{{@key}}={{this}} {{/each}}", ["o": ["b": 1, "2": 2, "a": 3, "1": 4]],
                "01=4 12=2 2b=1 3a=3 "),
            Row(
                "{{#each l as |v k|}}{{k}}{{v.x}}{{#with v as |w|}}{{w.x}}{{k}}{{/with}}{{/each}}", ["l": [["x": "a"]]],
                "0aa0"),
            Row(
                "{{#with a}}{{b}}{{else}}-{{/with}}{{#with none}}x{{else}}-{{/with}}{{#with zero}}z{{/with}}",
                ["a": ["b": 1], "zero": 0], "1-z"),
            Row(
                "{{lookup o k}}{{lookup l 1}}{{lookup (lookup o \"n\") \"m\"}}",
                ["k": "x", "o": ["x": "V", "n": ["m": "M"]], "l": [1, 2]], "V2M"),
            Row(
                "{{#a}}{{x}}{{/a}}{{#t}}{{y}}{{/t}}{{^n}}no{{/n}}{{#l}}{{@index}}{{this}}{{/l}}{{#z}}[{{this}}]{{/z}}",
                ["a": ["x": 1], "t": true, "y": 2, "l": ["p", "q"], "z": 0], "12no0p1q[0]"),
            Row(
                "{{#each l}}{{#if this}}{{../r}}{{/if}}{{#with x}}{{../../r}}{{/with}}{{/each}}",
                ["r": "R", "l": [["x": [:]]]], "RR"),
            Row("{{#each l}}{{#each ../l}}{{@../index}}{{/each}}{{/each}}", ["l": [1, 2]], "0011"),
            Row(
                "{{#each o as |v|}}{{#if v}}{{#each ../l as |w|}}{{v}}{{w}}{{/each}}{{/if}}{{/each}}",
                ["o": ["k": "v"], "l": [1, 2]], "v1v2"),
            Row("{{log \"x\"}}|", [:], "|"),
        ])
    func renders(_ row: Row) throws {
        #expect(try render(row.template, row.context) == row.output)
    }

    @Test("a helper with the name of a built-in one replaces it")
    func overridesBuiltIn() throws {
        let helpers: HelperRegistry = ["if": { "<\(try $0.fn())>" }, "each": { _ in "E" }]
        #expect(
            try render("{{#if x}}a{{/if}}{{#each x}}{{/each}}{{#unless x}}u{{/unless}}", helpers: helpers) == "<a>Eu")
    }

    @Test("a helper gets its arguments, blocks, data and block parameters")
    func callsHelpers() throws {
        let helpers: HelperRegistry = [
            "repeat": { call in
                guard case .number(let count) = call[0] else { throw call.error("repeat needs a number") }
                return .string(
                    try (0..<Int(count)).map { index in
                        try call.fn(data: ["turn": Value(index)], blockParameters: [Value(index * 10)])
                    }.joined())
            },
            "link": { .safeString("<a href=\"\(HTML.escape($0["href"].text))\">\(HTML.escape($0[0].text))</a>") },
            "where": { .string("\($0.name) \($0.isBlock) \($0.data("index").text) \($0.context["x"].text)") },
        ]
        let context: Value = ["x": 1, "l": [["x": 2]]]
        #expect(
            try render("{{#repeat 2 as |n|}}{{x}}{{@turn}}{{n}};{{/repeat}}", context, helpers: helpers) == "100;1110;")
        #expect(try render("{{link \"a&b\" href=\"?x=1\"}}", helpers: helpers) == "<a href=\"?x&#x3D;1\">a&amp;b</a>")
        #expect(try render("{{#each l}}{{where}}{{/each}}", context, helpers: helpers) == "where false 0 2")
    }

    @Test("an error of a helper has the location of the call")
    func reportsHelpers() throws {
        struct Broken: Error, CustomStringConvertible { var description: String { "out of paper" } }
        let error = try #require(failure("a\n  {{print 1}}", helpers: ["print": { _ in throw Broken() }]))
        #expect(error.message == "helper \"print\" failed: out of paper")
        #expect(error.location == .init(template: "test", line: 2, column: 3))
        #expect(error.code == .helper)
    }

    @Test("log passes level and arguments to its sink")
    func logs() throws {
        let template = try Template("{{log x \"y\" level=\"warn\"}}", name: "t")
        nonisolated(unsafe) var lines: [String] = []
        let output = try template.render(
            ["x": 1],
            log: { level, arguments in
                lines.append(([level] + arguments.map(\.text)).joined(separator: " "))
            })
        #expect(output.isEmpty)
        #expect(lines == ["warn 1 y"])
    }
}

@Suite("White space")
struct WhitespaceTests {
    @Test(
        "the line of a tag that stands alone is removed, and ~ removes all white space on its side",
        arguments: [
            Row("a\n  {{#if x}}  \nb\n  {{/if}}\nc", ["x": 1], "a\nb\nc"),
            Row("a\r\n{{#if x}}\r\nb\r\n{{else}}\r\nd\r\n{{/if}}\r\nc", ["x": 1], "a\r\nb\r\nc"),
            Row("{{#if x}}\nb\n{{/if}}", ["x": 1], "b\n"),
            Row("a {{#if x}}\nb\n{{/if}}\nc", ["x": 1], "a \nb\nc"),
            Row("{{! c }}\na\n{{!-- d --}}\n", [:], "a\n"),
            Row("{{#each l}}\n- {{this}}\n{{/each}}\nend", ["l": [1, 2]], "- 1\n- 2\nend"),
            Row("a \n {{~x~}} \n b", ["x": 1], "a1b"),
            Row("a {{~#if x~}} b {{~else~}} c {{~/if~}} d", ["x": 1], "abd"),
            Row("a\u{a0}\u{3000}{{~x}}", ["x": 1], "a1"),
            Row(" {{x}} \n", ["x": 1], " 1 \n"),
        ])
    func strips(_ row: Row) throws {
        #expect(try render(row.template, row.context) == row.output)
    }

    @Test("ignoreStandalone leaves the lines")
    func ignoresStandalone() throws {
        #expect(try render("a\n{{#if x}}\nb\n{{/if}}\n", ["x": 1]) { $0.ignoreStandalone = true } == "a\n\nb\n\n")
    }
}
