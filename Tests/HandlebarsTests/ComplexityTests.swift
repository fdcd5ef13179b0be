import Handlebars
import TestSupport
import Testing

/// Templates that repeat one construct many times, which a lexer or parser with quadratic time could not process.
///
/// Each takes a fraction of a second when the time grows with the length, and minutes when it grows with its square.
@Suite("Templates made to be slow", .serialized)
struct ComplexityTests {
    struct SlowTemplate: Sendable, CustomTestStringConvertible {
        /// Code without optimisation is many times slower.
        #if DEBUG
            private static let bytes = 1 << 16
        #else
            private static let bytes = 1 << 20
        #endif

        let testDescription: String
        let template: String

        init(_ name: String, _ before: String, _ repeated: String, _ after: String = "") {
            testDescription = name
            template = before + String(repeating: repeated, count: Self.bytes / repeated.utf8.count) + after
        }
    }

    private static let templates = [
        SlowTemplate("opening braces", "", "{{"), SlowTemplate("closing braces", "", "}}"),
        SlowTemplate("braces apart", "", "{ {"),
        SlowTemplate("backslashes", "", "\\", "{{x}}"), SlowTemplate("escaped tags", "", "\\{{"),
        SlowTemplate("escaped backslashes", "", "\\\\{{x}}"),
        SlowTemplate("a comment", "{{!--", "-", "--}}"), SlowTemplate("a comment without end", "{{!--", "-- }} "),
        SlowTemplate("comments", "", "{{! }}"), SlowTemplate("half comments", "", "{{!-- "),
        SlowTemplate("a path", "{{a", ".a", "}}"), SlowTemplate("levels", "{{", "../", "a}}"),
        SlowTemplate("a name", "{{", "a", "}}"),
        SlowTemplate("this", "{{", "this", "}}"), SlowTemplate("a number", "{{f ", "1", "}}"),
        SlowTemplate("digits", "{{f ", "1.", "}}"),
        SlowTemplate("arguments", "{{lookup", " 1", "}}"), SlowTemplate("pairs", "{{> p", " a=1", "}}"),
        SlowTemplate("numbered pairs", "{{> p", " 1=a 2=b 3=c", "}}"),
        SlowTemplate("strings", "{{f", " \"\\\"\"", "}}"),
        SlowTemplate("brackets", "{{f", " [\\]", "}}"), SlowTemplate("quotes", "{{f ", "\"'"),
        SlowTemplate("a string", "{{f \"", "\\\"", "\"}}"),
        SlowTemplate("parentheses", "{{f ", "("), SlowTemplate("blocks", "", "{{#if a}}{{/if}}"),
        SlowTemplate("open blocks", "", "{{#a}}"),
        SlowTemplate("closing tags", "", "{{/a}}"), SlowTemplate("elses", "{{#if a}}", "{{else}}"),
        SlowTemplate("else ifs", "{{#if a}}", "{{else if b}}"),
        SlowTemplate("white space in a tag", "{{", " ", "a}}"), SlowTemplate("white space", "{{a~}}", " \n", "{{~a}}"),
        SlowTemplate("white space between tags", "", " \n {{! }} \n "), SlowTemplate("stripped tags", "", " {{~a~}} "),
        SlowTemplate("lines", "", "{{#if a}}\n{{/if}}\n"), SlowTemplate("indentation", "\n", " ", "{{> p}}\n"),
        SlowTemplate("as", "{{#each a", " as", "}}{{/each}}"), SlowTemplate("tildes", "{{", "~", "}}"),
        SlowTemplate("elses without end", "{{", " else"),
        SlowTemplate("raw openings", "{{{{a}}}}", "{{{{"),
        SlowTemplate("raw closings", "{{{{a}}}}", "{{{{/b}}}}", "{{{{/a}}}}"),
        SlowTemplate("raw blocks", "", "{{{{a}}}}{{{{/a}}}}"), SlowTemplate("decorators", "", "{{* a}}"),
        SlowTemplate("zeros", "", "\0{{\0}}"),
        SlowTemplate("half scalars", "{{", "\u{a0}", "}}"), SlowTemplate("triples", "", "{{{a}}}"),
        SlowTemplate("partials", "", "{{> none}}"),
        SlowTemplate(
            "block parameters", "{{#each a as |", "x ", "|}}" + String(repeating: "{{y}}", count: 100_000) + "{{/each}}"
        ),
    ]

    @Test(
        "the time grows linearly with the length", .timeLimit(.minutes(1)), .disabled(if: TestEnvironment.isFastRun),
        arguments: templates)
    func compiles(_ item: SlowTemplate) {
        if let error = failure(item.template, ["a": [["b": 1]], "x": 1]) { #expect(!error.description.isEmpty) }
    }

    @Test("nested helpers that render their blocks twice are limited", .timeLimit(.minutes(1)))
    func boundsBlocks() throws {
        var limits = RenderLimits()
        limits.loopIterations = 10_000
        let text = String(repeating: "{{#twice}}", count: 90) + String(repeating: "{{/twice}}", count: 90)
        let error = try #require(failure(text, helpers: ["twice": { .string(try $0.fn() + $0.fn()) }], limits: limits))
        #expect(error.code == .limit)
    }

    @Test("the indentation of a partial counts as output")
    func boundsIndentation() throws {
        var limits = RenderLimits()
        limits.outputBytes = 1 << 16
        let indent = String(repeating: " ", count: 4_000)
        let lines = String(repeating: "x\n", count: 100)
        let error = try #require(failure("\n\(indent){{> p}}\n", partials: ["p": lines], limits: limits))
        #expect(error.code == .limit)
        #expect(
            try render("\n\(indent){{> p}}\n", partials: ["p": "x\ny\n"], limits: limits)
                == "\n\(indent)x\n\(indent)y\n")
    }
}
