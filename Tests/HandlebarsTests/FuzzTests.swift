import Handlebars
import TestSupport
import Testing

/// Random templates compile or are refused, and render or fail; none crashes or hangs.
@Suite("Random templates")
struct FuzzTests {
    private static let pieces = [
        "{{", "}}", "{{{", "}}}", "{{{{", "}}}}", "{{{{/", "{{#", "{{/", "{{^", "{{>", "{{#>", "{{#*", "{{*", "{{!",
        "{{!--",
        "--}}", "{{~", "~}}", "{{&", "{{else}}", "{{else if ", "else", "(", ")", "[", "]", "\"", "'", "\\", "\\{{",
        "\\\\{{",
        "|", " as |", "=", ".", "..", "/", "./", "../", "@", "@index", "@partial-block", "this", "if", "each", "with",
        "unless",
        "lookup", "log", "inline", "a", "b", "list", "object", "p", "q", "1", "-2.5", "true", "null", "undefined",
        "\"p\"",
        " ", "\n", "\r\n", "\t", "\u{a0}", "é", "😀", "\0", "{{#if a}}", "{{/if}}", "{{#each list}}", "{{/each}}",
        "{{#with object}}", "{{/with}}", "{{> p}}", "{{> q a=b}}", "{{a}}", "{{#> p}}", "{{/p}}", "{{#*inline \"q\"}}",
        "{{/inline}}", "{{^}}", "{{object.c}}", "{{#list as |v i|}}", "{{/list}}", "{{v}}",
    ]

    private static let context: Value = [
        "a": 1, "b": "<&>", "list": [1, "x", ["c": 2], nil], "object": ["c": ["d": true], "1": "one"], "p": "p",
        "f": .function(Function { _ in "f" }),
    ]

    private static func template(_ random: inout SeededGenerator) -> String {
        let count = Int.random(in: 1...40, using: &random)
        return (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
    }

    @Test("a template of random pieces never crashes or hangs", arguments: 0..<8)
    func survives(_ part: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var limits = RenderLimits()
        limits.partialCalls = 200
        limits.outputBytes = 1 << 20
        var compiled = 0
        for _ in 0..<2_500 {
            let text = Self.template(&random)
            let partials = ["p": Self.template(&random), "q": Self.template(&random)]
            do throws(TemplateError) {
                let output = try render(text, Self.context, partials: partials, limits: limits) { options in
                    options.strict = Bool.random(using: &random)
                    options.compat = Bool.random(using: &random)
                    options.noEscape = Bool.random(using: &random)
                }
                compiled += 1
                #expect(!output.utf8.contains(0xff), "seed \(seed)")
            } catch {
                #expect(!error.description.isEmpty, "seed \(seed)")
            }
        }
        print("Handlebars fuzz, part \(part): seed \(seed), \(compiled) of 2500 rendered")
    }

    @Test("a template cut off anywhere is compiled or refused", arguments: Corpus.cases.prefix(200))
    func survivesCuts(_ item: CorpusCase) {
        let text = Array(item.template.unicodeScalars)
        for length in text.indices {
            var cut = String.UnicodeScalarView()
            cut.append(contentsOf: text[..<length])
            let error = failure(String(cut))
            if let location = error?.location { #expect(location.line >= 1 && location.column >= 1) }
        }
    }
}
