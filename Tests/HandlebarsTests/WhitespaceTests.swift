import Handlebars
import Testing

@Suite("White space")
struct WhitespaceTests {
    @Test(
        "a tag alone on its line takes the line with it, and ~ all white space on its side",
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
