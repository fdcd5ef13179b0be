import Foundation
import TestSupport

/// Generates random templates, most of which are valid.
struct TemplateGrammar {
    private var random: SeededGenerator
    /// The partials that the generated text may call.
    var callable: [String] = []
    /// Whether partials with computed names always get a context: 4.7 uses the name as the context in a template with
    /// the option explicitPartialContext.
    var givesContext = false
    /// Whether blocks may declare parameters: strict mode of 4.7 looks for their names inside their values.
    var declares = true
    /// Names of block parameters: some that may be undeclared, then those of the enclosing blocks.
    private var parameters = undeclared
    private static let undeclared = ["v", "k"]

    init(_ random: SeededGenerator) { self.random = random }

    mutating func template(depth: Int) -> String {
        var text = ""
        for _ in 0..<number(in: 1...(depth > 2 ? 5 : 3)) { text += statement(depth: depth) }
        return text
    }

    // MARK: Chance

    private mutating func number(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// True with a probability of 1 / `count`.
    private mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    private mutating func one<Choice>(of choices: [Choice]) -> Choice { choices.randomElement(using: &random)! }

    // MARK: Statements

    private static let texts = [
        "a", " ", "\n", "  ", "\t", "\r\n", "<b>", "é", "x\n", "\n  ", " \n", "\n\n", "{", "}", "}}", "\\", "$",
        "\u{a0}", "end",
        "x\n  y\n", "\"", "else", "|", "~", "\u{b}", "\r",
    ]

    private mutating func statement(depth: Int) -> String {
        switch number(in: 0...(depth > 0 ? 21 : 12)) {
        case 0...3: one(of: Self.texts)
        case 4...8: mustache(depth: depth)
        case 9: comment()
        case 10: partialCall(depth: depth)
        case 11: one(of: ["\\", "\\\\", "\\\\\\", "a\\"]) + mustache(depth: 0)
        case 12: once(in: 6) ? oddity() : one(of: Self.texts) + mustache(depth: depth)
        case 13...17: placed(block(depth: depth))
        case 18: placed(partialBlock(depth: depth))
        case 19: parameters == Self.undeclared ? placed(inline(depth: depth)) : mustache(depth: depth)
        case 20: placed(section(depth: depth))
        default: rawBlock(depth: depth)
        }
    }

    /// The text, sometimes on its own line.
    private mutating func placed(_ text: String) -> String {
        switch number(in: 0...3) {
        case 0: "\n" + one(of: ["", "  ", "\t"]) + text + one(of: ["", " ", "  \t"]) + one(of: ["\n", "\r\n"])
        case 1: one(of: ["\n", " "]) + text
        case 2: text + one(of: ["\n", " "])
        default: text
        }
    }

    private mutating func oddity() -> String {
        one(of: [
            "{{", "{{#if a}}", "{{/if}}", "{{else}}", "{{^}}", "{{* a}}", "{{#*a}}x{{/a}}", "{{a.0}}", "{{a b=1 c}}",
            "{{}}",
            "{{> a b c}}", "{{a/../b}}", "{{{a}}", "{{a}}}", "{{#a}}{{/b}}", "{{@}}", "{{.a}}", "{{..a}}", "{{a..b}}",
            "{{#each list as |}}{{/each}}", "{{helperMissing}}", "{{#blockHelperMissing a}}{{/blockHelperMissing}}",
            "{{(a)}}",
            "{{[a]}}", "{{a.this}}", "{{this}}", "{{.}}", "{{..}}", "{{@root}}", "{{elsewhere}}", "{{else a}}",
            "{{ else }}",
            "{{a-b}}", "{{a~}}", "{{~}}", "{{a\"b\"}}", "{{true}}", "{{null}}", "{{undefined}}", "{{\"a\"}}", "{{12}}",
            "{{> undefined}}", "{{this.[a]}}", "{{[this]}}", "{{./this}}", "{{thisfoo}}", "{{foo.thisx}}", "{{a/b.c}}",
        ])
    }

    // MARK: Tags

    private mutating func tilde() -> String { once(in: 7) ? "~" : "" }

    private mutating func space() -> String { once(in: 6) ? one(of: [" ", "\n", "  "]) : "" }

    /// `{{ … }}`, sometimes with a `~` on either side.
    private mutating func tag(_ mark: String, _ inner: String) -> String {
        "{{" + tilde() + mark + space() + inner + space() + tilde() + "}}"
    }

    private mutating func mustache(depth: Int) -> String {
        let inner =
            switch number(in: 0...9) {
            case 0...5: path()
            case 6: helper()
            case 7:
                one(of: ["lookup", "lookup", "lookup", "log", "each", "if", "with"]) + " " + expression(depth: 1)
                    + (once(in: 6) ? "" : " " + expression(depth: 1))
            default: call(of: helper(), depth: 2)
            }
        return switch number(in: 0...9) {
        case 0: "{{" + tilde() + "{" + space() + inner + space() + "}" + tilde() + "}}"
        case 1: tag("&", inner)
        default: tag("", inner)
        }
    }

    private mutating func comment() -> String {
        let text = one(of: [
            "{{! note }}", "{{!}}", "{{!-- a }} b --}}", "{{!----}}", "{{~! x ~}}", "{{!-- x --~}}", "{{~!--x--}}",
            "{{!-x-}}",
            "{{!--x}}--}}",
        ])
        return placed(text)
    }

    private mutating func rawBlock(depth: Int) -> String {
        let name = one(of: ["a", "list", "block", "me", "if", "object", "undefinedthing"])
        let arguments = name == "if" ? " " + expression(depth: 0) : (name == "block" && once(in: 2) ? " a" : "")
        let body = one(of: [
            "", "x", " {{a}} ", "\n{{#if}}\n", "{{{{b}}}}y{{{{/b}}}}", "\\{{a}}", "{{{{ b }}}}{{{{/b}}}}",
        ])
        return placed("{{{{" + space() + name + arguments + "}}}}" + body + "{{{{/" + name + "}}}}")
    }

    // MARK: Blocks

    private mutating func block(depth: Int) -> String {
        let name = one(of: [
            "if", "if", "unless", "each", "each", "each", "with", "with", "block", "twice", "within", "frame", "params",
            "lookup",
            "list", "object", "me", "nope",
        ])
        let needsOne = ["if", "unless", "each", "with", "within"].contains(name)
        var arguments = needsOne && !once(in: 30) ? " " + expression(depth: 2) : self.arguments(depth: 1)
        if name == "if" || name == "unless", once(in: 5) { arguments += " includeZero=" + one(of: ["true", "a", "0"]) }
        if name == "if", once(in: 10) { arguments = " @partial-block" }
        return block(name: name, arguments: arguments, depth: depth)
    }

    private mutating func section(depth: Int) -> String {
        let name = path()
        guard once(in: 3) else { return block(name: name, arguments: "", depth: depth, isPlain: true) }
        let close = "{{" + tilde() + "/" + name + tilde() + "}}"
        return tag("^", name) + body(depth) + (once(in: 3) ? alternative() + body(depth) : "") + close
    }

    /// Block parameters of plain sections are never declared: over a value, 4.7 passes those of the enclosing block.
    private mutating func block(name: String, arguments: String, depth: Int, isPlain: Bool = false) -> String {
        let saved = parameters
        var head = name + arguments
        if !isPlain, declares, once(in: 4) { head += declaredParameters() }
        var text = tag("#", head) + body(depth)
        parameters = saved
        while once(in: 4) {
            let next = one(of: ["if", "unless", "each", "with", "block", "a", "nope", "frame"])
            let needsOne = ["if", "unless", "each", "with"].contains(next)
            let argument = needsOne ? " " + expression(depth: 1) : ""
            text += tag("else ", next + argument + (next != "a" && declares && once(in: 8) ? declaredParameters() : ""))
            text += body(depth)
            parameters = saved
        }
        if once(in: 3) { text += alternative() + body(depth) }
        return text + "{{" + tilde() + "/" + name + tilde() + "}}"
    }

    private mutating func declaredParameters() -> String {
        let names = Array(["v", "k", "a", "echo", "w"].shuffled(using: &random).prefix(number(in: 1...3)))
        parameters += names
        return " as |" + names.joined(separator: " ") + "|"
    }

    private mutating func alternative() -> String {
        "{{" + tilde() + one(of: ["else", "^", " else "]) + tilde() + "}}"
    }

    private mutating func body(_ depth: Int) -> String {
        let text = once(in: 10) ? "" : template(depth: depth - 1)
        return switch number(in: 0...5) {
        case 0: "\n" + text + "\n"
        case 1: "  \n" + text + "\n  "
        case 2: " " + text
        default: text
        }
    }

    // MARK: Partials

    private mutating func partialName() -> String {
        switch number(in: 0...9) {
        case 0: "@partial-block"
        case 1: one(of: ["(echo \"p\")", "(echo " + literal() + ")", "(join " + expression(depth: 0) + ")"])
        case 2: one(of: ["none", "\"p\"", "[q]", "a/b", "1", "a.b", "if", "text"])
        default: callable.isEmpty ? one(of: ["p", "q", "r", "i"]) : one(of: callable + ["i"])
        }
    }

    private mutating func partialCall(depth: Int) -> String {
        var inner = partialName()
        if givesContext || once(in: 3) { inner += " " + expression(depth: 1) }
        inner += pairs(depth: 1)
        return placed(tag(">", inner))
    }

    private mutating func partialBlock(depth: Int) -> String {
        var name = partialName()
        if name.hasPrefix("("), !once(in: 10) { name = "none" }
        let head = name + (givesContext || once(in: 4) ? " " + expression(depth: 1) : "") + pairs(depth: 1)
        var close = name
        if name.hasPrefix("("), let inner = name.dropFirst().split(separator: " ").first { close = String(inner) }
        if name.hasPrefix("\"") || name.hasPrefix("[") { close = String(name.dropFirst().dropLast()) }
        return tag("#>", head) + body(depth) + "{{" + tilde() + "/" + close + tilde() + "}}"
    }

    private mutating func inline(depth: Int) -> String {
        let name = one(of: ["\"i\"", "\"p\"", "'q'", "1", "\"none\"", "true", ""])
        return tag("#*", "inline " + name) + body(depth) + "{{" + tilde() + "/inline" + tilde() + "}}"
    }

    // MARK: Expressions

    private mutating func helper() -> String { one(of: DifferentialHelpers.names) }

    private mutating func call(of name: String, depth: Int) -> String { name + arguments(depth: depth) }

    private mutating func arguments(depth: Int) -> String {
        var text = ""
        for _ in 0..<number(in: 0...2) { text += " " + expression(depth: depth) }
        return text + pairs(depth: depth)
    }

    private mutating func pairs(depth: Int) -> String {
        var text = ""
        while once(in: 3) {
            let names = ["a", "b", "custom", "0", "[x y]", "if", "text", "true", "1a"]
            text += " " + one(of: names) + "=" + expression(depth: depth)
        }
        return text
    }

    private mutating func expression(depth: Int) -> String {
        switch number(in: 0...9) {
        case 0, 1: literal()
        case 2 where depth > 0, 3 where depth > 0:
            "(" + call(of: once(in: 6) ? path() : helper(), depth: depth - 1) + ")"
        case 4 where depth > 0: "(lookup " + expression(depth: 0) + " " + expression(depth: 0) + ")"
        default: path()
        }
    }

    private mutating func literal() -> String {
        one(of: [
            "0", "1", "-1", "2.5", "-0.0", "\"\"", "\"x\"", "'a'", "\"it's\"", "'\\''", "\"\\\"\"", "\"a\\b\"", "true",
            "false", "null",
            "undefined", "\"length\"", "\"0\"", "100000000000000000000000", "\"p\"", "0001", "\"two\nlines\"",
        ])
    }

    private static let segments = [
        "a", "b", "c", "list", "object", "text", "[0]", "[x y]", "length", "echo", "constructor", "[1]", "if", "nope",
    ]

    private mutating func path() -> String {
        switch number(in: 0...13) {
        case 0: return one(of: ["this", ".", "..", "../.."])
        case 1:
            return "@" + one(of: ["", "", "../"])
                + one(of: ["index", "key", "first", "last", "root", "custom", "level"])
                + (once(in: 4) ? "." + one(of: Self.segments) : "")
        case 2: return "@root." + one(of: Self.segments)
        case 3, 4: return one(of: parameters) + (once(in: 3) ? "." + one(of: Self.segments) : "")
        default:
            var text = once(in: 4) ? one(of: ["../", "../../", "./", "this.", "this/"]) : ""
            text += one(of: Self.segments)
            while once(in: 3) { text += one(of: [".", ".", "/"]) + one(of: Self.segments) }
            return text
        }
    }
}

extension DifferentialCase {
    static func arbitrary(seed: UInt64) -> DifferentialCase {
        var random = SeededGenerator(seed: seed)
        var grammar = TemplateGrammar(SeededGenerator(seed: random.next()))
        var options = Set(Option.allCases.filter { _ in Int.random(in: 0..<9, using: &random) == 0 })
        if options.contains(.compat) { options.subtract([.strict, .assumeObjects]) }
        grammar.givesContext = options.contains(.explicitPartialContext)
        grammar.declares = options.isDisjoint(with: [.strict, .assumeObjects])
        var partials: [(name: String, text: String)] = []
        // A partial usually calls only earlier ones, because otherwise most cases would recurse without end.
        for name in ["p", "q", "r", "a/b", "1"] where Int.random(in: 0..<3, using: &random) > 0 {
            grammar.callable = Int.random(in: 0..<20, using: &random) == 0 ? ["p", "q", "r"] : partials.map(\.name)
            partials.append((name, grammar.template(depth: 2)))
        }
        grammar.callable = partials.map(\.name)
        let template = grammar.template(depth: 4)
        var data = Datum.object(depth: 4, &random)
        if Int.random(in: 0..<20, using: &random) == 0 { data = Datum.arbitrary(depth: 3, &random) }
        var variables: [Datum.Field] = []
        if Int.random(in: 0..<4, using: &random) == 0 {
            variables.append(.init(key: "custom", value: Datum.arbitrary(depth: 2, &random)))
        }
        if Int.random(in: 0..<20, using: &random) == 0 {
            variables.append(.init(key: "root", value: Datum.arbitrary(depth: 2, &random)))
        }
        // In strict and compat modes, handlebars.js treats inherited properties as existing, empty fields.
        let inherited = options.isDisjoint(with: [.strict, .compat]) ? "constructor" : "nope"
        return DifferentialCase(
            template: template.replacing("constructor", with: inherited),
            partials: partials.map { ($0.name, $0.text.replacing("constructor", with: inherited)) },
            data: data, variables: variables, options: options,
            isHooked: Int.random(in: 0..<12, using: &random) == 0)
    }
}
