import Foundation
import Handlebars
import Testing

@Suite("Limits")
struct LimitTests {
    /// The smallest stack of a thread on the supported platforms; code without optimisation needs more.
    #if DEBUG
        private static let stackSize = 1 << 20
    #else
        private static let stackSize = 512 << 10
    #endif

    /// Runs on a thread with a small stack; an overflow would end the process.
    private func onSmallStack(_ body: @escaping @Sendable () -> String) async -> String {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.stackSize = Self.stackSize
            thread.start()
        }
    }

    @Test(
        "a list that is printed whole counts as output",
        arguments: ["{{l}}", "{{{l}}}", "{{#if true}}{{this.l}}{{/if}}", "{{same l}}", "{{#same l}}{{/same}}"])
    func boundsPrintedLists(_ template: String) throws {
        var limits = RenderLimits()
        limits.outputBytes = 10_000
        let endless: Value = .list(count: 1_000_000_000) { Value($0) }
        // Each array holds the next one twice: 2^60 commas.
        let doubled = (0..<60).reduce("" as Value) { inner, _ in [inner, inner] }
        for list in [endless, .list(count: 1_000_000_000) { _ in .undefined }, doubled] {
            let error = try #require(failure(template, ["l": list], helpers: ["same": { $0[0] }], limits: limits))
            #expect(error.code == .limit)
            #expect(
                error.message.hasPrefix(
                    "more than 10000 bytes of output with the \(list["length"].text) elements of this list"))
            #expect(error.location?.line == 1)
        }
        #expect(try render("{{l}}", ["l": .list(count: 1_000) { Value($0 % 10) }], limits: limits).utf8.count == 1_999)
    }

    @Test("an error shows only the beginning of a long list")
    func boundsShownLists() throws {
        let error = try #require(
            failure("{{l.nope}}", ["l": .list(count: 1_000_000_000) { Value($0) }]) { $0.strict = true })
        #expect(
            error.message == "\"nope\" not defined in 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16…, in the path l.nope")
    }

    private static func nested(_ open: String, _ close: String, _ count: Int) -> String {
        String(repeating: open, count: count) + String(repeating: close, count: count)
    }

    @Test(
        "nesting up to the limit renders, and one more level is an error",
        arguments: [
            ("{{#if x}}", "{{/if}}"), ("{{#x}}", "{{/x}}"), ("{{#with x}}", "{{/with}}"), ("{{^y}}", "{{/y}}"),
            ("{{#*inline \"p\"}}", "{{/inline}}"), ("{{#> p}}", "{{/p}}"), ("{{#each l}}", "{{/each}}"),
        ])
    func boundsBlocks(_ open: String, _ close: String) async {
        let output = await onSmallStack {
            do throws(TemplateError) {
                let context: Value = ["x": ["x": 1], "l": [["l": []]]]
                return try render("<" + Self.nested(open, close, 100) + ">", context)
            } catch {
                return error.description
            }
        }
        #expect(output == "<>")
        #expect(failure(Self.nested(open, close, 101))?.code == .limit)
        #expect(failure(Self.nested(open, close, 100_000))?.code == .limit)
    }

    @Test("subexpressions and chains of else are bounded like blocks")
    func boundsExpressions() async {
        #expect(failure("{{f " + Self.nested("(f ", ")", 100_000) + "}}")?.code == .limit)
        #expect(failure("{{#if a}}" + String(repeating: "{{else if a}}", count: 100_000) + "{{/if}}")?.code == .limit)
        #expect(failure(String(repeating: "{{#if a}}", count: 100_000))?.code == .limit)
        let depth = 99
        let output = await onSmallStack {
            (try? render("{{f " + Self.nested("(f ", ")", depth) + "}}", helpers: ["f": { _ in "x" }])) ?? "failed"
        }
        #expect(output == "x")
    }

    @Test(
        "the deepest rendering fits a small stack",
        arguments: [
            "{{#if true}}x{{> p}}{{/if}}", "{{> p}}", "{{#each l}}{{> p ..}}{{/each}}",
            "{{#> p}}{{> @partial-block}}{{/p}}",
            "{{#block}}{{> p}}{{/block}}", "{{#*inline \"q\"}}{{#with .}}{{> p}}{{/with}}{{/inline}}{{> q}}",
        ])
    func boundsRendering(_ partial: String) async {
        let output = await onSmallStack {
            failure("{{> p}}", ["l": [1]], helpers: ["block": { .string(try $0.fn()) }], partials: ["p": partial])?.code
                .rawValue
                ?? "rendered"
        }
        #expect(output == TemplateError.Code.limit.rawValue)
    }

    @Test("partial blocks that are used as values are limited in depth and number")
    func boundsBlocksAsValues() async throws {
        let ifs = String(repeating: "{{#if true}}", count: 97), ends = String(repeating: "{{/if}}", count: 97)
        let chain =
            "{{#if next}}{{#> p next}}\(ifs){{#if @partial-block}}{{/if}}\(ends){{/p}}{{else}}{{#if @partial-block}}{{/if}}{{/if}}"
        let twice =
            "{{#if next}}{{#> p next}}{{#if @partial-block}}{{/if}}{{#if @partial-block}}{{/if}}{{/p}}{{else}}{{#if @partial-block}}{{/if}}{{/if}}"
        let data = (0..<50).reduce(Value.object([:])) { inner, _ in ["next": inner] }
        for partial in [chain, twice] {
            let output = await onSmallStack {
                var limits = RenderLimits()
                limits.partialCalls = 10_000
                return failure("{{> p}}", data, partials: ["p": partial], limits: limits)?.code.rawValue ?? "rendered"
            }
            #expect(output == TemplateError.Code.limit.rawValue)
        }
    }

    @Test("output beyond the limit is an error for every kind of template")
    func boundsOutput() throws {
        var limits = RenderLimits()
        limits.outputBytes = 10
        let data: Value = ["a": "123456", "l": [1]]
        for template in ["{{a}}{{a}}", "{{#each l}}{{../a}}{{../a}}{{/each}}", "{{#block}}{{a}}{{a}}{{/block}}"] {
            #expect(
                failure(
                    template, data,
                    helpers: [
                        "block": {
                            _ = try $0.fn(); return ""
                        }
                    ], limits: limits)?.code == .limit)
        }
        #expect(try render("{{a}}1234", data, limits: limits) == "1234561234")
    }

    @Test("a template that is too long is refused before it is read")
    func boundsSource() {
        let error = failure("0123456789") { $0.maximumSourceBytes = 9 }
        #expect(error?.message == "template \"test\" has 10 bytes; the limit is 9")
    }
}
