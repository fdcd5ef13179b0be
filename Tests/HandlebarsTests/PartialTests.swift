import Handlebars
import Testing

@Suite("Partials")
struct PartialTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let template: String
        let partials: [String: String]
        let context: Value
        let output: String

        init(_ template: String, _ partials: [String: String], _ context: Value, _ output: String) {
            self.template = template
            self.partials = partials
            self.context = context
            self.output = output
        }

        var testDescription: String { template }
    }

    @Test(
        "two Unicode forms of a name are two partials",
        arguments: [
            ("{{> \u{E9}}}", "1"), ("{{> e\u{301}}}", "2"), ("{{#*inline \"\u{E9}\"}}3{{/inline}}{{> e\u{301}}}", "2"),
        ])
    func forms(template: String, output: String) throws {
        var partials = PartialLibrary()
        partials.add("\u{E9}", source: "1")
        partials.add("e\u{301}", source: "2")
        #expect(partials.names.count == 2)
        let text = try Template(template, name: "t").render([:], partials: partials)
        #expect(text == Array(output.utf8))
    }

    @Test(
        "a partial renders with its context, hash and blocks",
        arguments: [
            Case(
                "{{> p}}{{> p o}}{{> p o x=3}}{{> a/b-c}}", ["p": "{{x}}", "a/b-c": "!"], ["x": 1, "o": ["x": 2]],
                "123!"),
            Case(
                "{{> (lookup . \"which\")}}{{> (lookup . \"which\") x=2}}", ["p": "{{x}}"], ["which": "p", "x": 1], "12"
            ),
            Case(
                "{{> node}}", ["node": "{{n}}{{#each c}}({{> node}}){{/each}}"],
                ["n": 1, "c": [["n": 2, "c": [["n": 3]]], ["n": 4]]], "1(2(3))(4)"),
            Case("{{#> lay}}B{{x}}{{/lay}}{{#> none}}D{{/none}}", ["lay": "[{{> @partial-block}}]"], ["x": 1], "[B1]D"),
            Case(
                "{{#> outer}}X{{/outer}}",
                ["outer": "<{{#> inner}}{{> @partial-block}}{{/inner}}>", "inner": "({{> @partial-block}})"],
                [:], "<(X)>"),
            Case("{{#*inline \"i\"}}<{{x}}{{y}}>{{/inline}}{{> i y=2}}", [:], ["x": 1], "<12>"),
            Case(
                "{{#> page}}{{#*inline \"head\"}}H{{/inline}}B{{/page}}", ["page": "{{> head}}|{{> @partial-block}}"],
                [:], "H|B"),
            Case(
                "{{#each l}}{{> p}}{{/each}}", ["p": "{{@index}}{{this}}{{../x}}"], ["l": ["a", "b"], "x": 1], "0a1b"),
            Case(
                "<ul>\n  {{> li}}\n</ul>", ["li": "<li>\n{{x}}\n</li>\n"], ["x": "a\nb"],
                "<ul>\n  <li>\n  a\n  b\n  </li>\n</ul>"),
            Case(" {{> a}}\n", ["a": "1\n  {{> b}}\n", "b": "2\n3\n"], [:], " 1\n   2\n   3\n"),
        ])
    func renders(_ item: Case) throws {
        #expect(try render(item.template, item.context, partials: item.partials) == item.output)
    }

    @Test("a safe string with a hash is an object with a field")
    func safeStringWithHash() throws {
        let partials = ["p": "{{string}}{{x}}{{this}}"]
        #expect(
            try render("{{> p s x=1}}", ["s": .safeString("<b>")], partials: partials) == "&lt;b&gt;1[object Object]")
    }

    @Test("preventIndent keeps the lines of a partial as they are")
    func preventsIndent() throws {
        #expect(try render("  {{> p}}\n", partials: ["p": "a\nb\n"]) { $0.preventIndent = true } == "  a\nb\n")
    }

    @Test("endless recursion of a partial is an error with its location, not a crash")
    func boundsRecursion() throws {
        let error = try #require(failure("{{> p}}", partials: ["p": "{{#if true}}x{{> p}}{{/if}}"]))
        #expect(error.code == .limit)
        #expect(error.message.contains("200 deep"))
        #expect(error.location?.template == "p")
        #expect(error.callers.count == 8)
    }

    @Test("the number of partial calls is limited")
    func boundsCalls() throws {
        var limits = RenderLimits()
        limits.partialCalls = 10_000
        let error = try #require(failure("{{> p}}", partials: ["p": "{{> p}}{{> p}}"], limits: limits))
        #expect(error.code == .limit)
        limits = RenderLimits()
        limits.outputBytes = 1 << 16
        let grown = try #require(
            failure(
                "{{> a}}", ["l": .array(Array(repeating: 1, count: 100))],
                partials: ["a": "{{#each l}}{{#each @root.l}}{{#each @root.l}}0123456789{{/each}}{{/each}}{{/each}}"],
                limits: limits))
        #expect(grown.message.contains("65536 bytes"))
    }

    @Test("loops without output are limited too")
    func boundsLoops() throws {
        var limits = RenderLimits()
        limits.loopIterations = 1_000
        let loop = "{{#each @root.l}}{{#each @root.l}}{{#each @root.l}}{{/each}}{{/each}}{{/each}}"
        let error = try #require(failure(loop, ["l": .array(Array(repeating: 1, count: 100))], limits: limits))
        #expect(error.message.contains("1000 loop iterations"))
    }

    @Test("a broken partial is an error only of the templates that call it")
    func delaysErrors() throws {
        #expect(try render("ok", partials: ["bad": "{{#if"]) == "ok")
        let error = try #require(failure("{{> bad}}", partials: ["bad": "a\n{{#if x}}"]))
        #expect(error.location == .init(template: "bad", line: 2, column: 1))
    }
}
