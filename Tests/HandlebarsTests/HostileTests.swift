import Handlebars
import TestSupport
import Testing

/// Templates made to be slow: very much of whatever a lexer or parser might go over again and again.
///
/// Each takes a fraction of a second when the work grows with the length, and minutes when it grows with its square.
@Suite("Hostile templates", .serialized)
struct HostileTests {
    struct Hostile: Sendable, CustomTestStringConvertible {
        /// Code that is not optimised is many times as slow.
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

    private static let hostile = [
        Hostile("opening braces", "", "{{"), Hostile("closing braces", "", "}}"), Hostile("braces apart", "", "{ {"),
        Hostile("backslashes", "", "\\", "{{x}}"), Hostile("escaped tags", "", "\\{{"),
        Hostile("escaped backslashes", "", "\\\\{{x}}"),
        Hostile("a comment", "{{!--", "-", "--}}"), Hostile("a comment without end", "{{!--", "-- }} "),
        Hostile("comments", "", "{{! }}"), Hostile("half comments", "", "{{!-- "),
        Hostile("a path", "{{a", ".a", "}}"), Hostile("levels", "{{", "../", "a}}"), Hostile("a name", "{{", "a", "}}"),
        Hostile("this", "{{", "this", "}}"), Hostile("a number", "{{f ", "1", "}}"),
        Hostile("digits", "{{f ", "1.", "}}"),
        Hostile("arguments", "{{lookup", " 1", "}}"), Hostile("pairs", "{{> p", " a=1", "}}"),
        Hostile("numbered pairs", "{{> p", " 1=a 2=b 3=c", "}}"), Hostile("strings", "{{f", " \"\\\"\"", "}}"),
        Hostile("brackets", "{{f", " [\\]", "}}"), Hostile("quotes", "{{f ", "\"'"),
        Hostile("a string", "{{f \"", "\\\"", "\"}}"),
        Hostile("parentheses", "{{f ", "("), Hostile("blocks", "", "{{#if a}}{{/if}}"),
        Hostile("open blocks", "", "{{#a}}"),
        Hostile("closing tags", "", "{{/a}}"), Hostile("elses", "{{#if a}}", "{{else}}"),
        Hostile("else ifs", "{{#if a}}", "{{else if b}}"),
        Hostile("white space in a tag", "{{", " ", "a}}"), Hostile("white space", "{{a~}}", " \n", "{{~a}}"),
        Hostile("white space between tags", "", " \n {{! }} \n "), Hostile("stripped tags", "", " {{~a~}} "),
        Hostile("lines", "", "{{#if a}}\n{{/if}}\n"), Hostile("indentation", "\n", " ", "{{> p}}\n"),
        Hostile("as", "{{#each a", " as", "}}{{/each}}"), Hostile("tildes", "{{", "~", "}}"),
        Hostile("elses without end", "{{", " else"),
        Hostile("raw openings", "{{{{a}}}}", "{{{{"), Hostile("raw closings", "{{{{a}}}}", "{{{{/b}}}}", "{{{{/a}}}}"),
        Hostile("raw blocks", "", "{{{{a}}}}{{{{/a}}}}"), Hostile("decorators", "", "{{* a}}"),
        Hostile("zeros", "", "\0{{\0}}"),
        Hostile("half scalars", "{{", "\u{a0}", "}}"), Hostile("triples", "", "{{{a}}}"),
        Hostile("partials", "", "{{> none}}"),
        Hostile(
            "block parameters", "{{#each a as |", "x ", "|}}" + String(repeating: "{{y}}", count: 100_000) + "{{/each}}"
        ),
    ]

    @Test(
        "the time they take grows with their length", .timeLimit(.minutes(1)), .disabled(if: TestEnvironment.isFastRun),
        arguments: hostile)
    func compiles(_ hostile: Hostile) {
        if let error = failure(hostile.template, ["a": [["b": 1]], "x": 1]) { #expect(!error.description.isEmpty) }
    }

    @Test("helpers that call their blocks twice, inside one another, come to an end", .timeLimit(.minutes(1)))
    func boundsBlocks() throws {
        var limits = RenderLimits()
        limits.loopTurns = 10_000
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
