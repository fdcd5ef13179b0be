import Handlebars
import Testing

@Suite("Errors")
struct ErrorTests {
    @Test(
        "what is not Handlebars is refused with line and column",
        arguments: [
            ("a\n{{foo", 2, 6, "the end of the template"), ("{{#if x}}\n{{/each}}", 1, 4, "if doesn't match each"),
            ("a\n {{#if x}}b", 2, 2, "block \"if\" is never closed"), ("a{{/if}}", 1, 2, "{{/if}} closes no block"),
            ("{{#if a}}1{{else}}2{{else}}3{{/if}}", 1, 20, "unexpected {{else}}"), ("{{}}", 1, 3, "found \"}}\""),
            ("é漢{{a/../b}}", 1, 5, "Invalid path: a/.."), ("{{x \"abc}}", 1, 5, "this string is never closed"),
            ("{{!-- a }}", 1, 1, "this comment is never closed"), ("{{{{a}}}} b", 1, 1, "raw block \"a\" is never closed"),
            ("{{> p a b}}", 1, 1, "Unsupported number of partial arguments: 2"), ("{{arr.1}}", 1, 7, "expected a name in a path"),
            ("{{f a=1 b}}", 1, 9, "a positional argument follows"), ("{{#each a as ||}}{{/each}}", 1, 15, "the name of a block parameter"),
        ])
    func refuses(_ template: String, _ line: Int, _ column: Int, _ message: String) throws {
        let error = try #require(failure(template))
        #expect(error.location == .init(template: "test", line: line, column: column))
        #expect(error.message.contains(message))
        #expect(error.code == .syntax)
    }

    @Test("an error shows the line with a caret, the way to mend it, and the way there")
    func describes() throws {
        let error = try #require(
            failure("a\n\t{{> row}}", helpers: ["shout": { $0[0] }], partials: ["row": "<td>é{{shuot 1}}</td>"]))
        #expect(
            error.description == """
                row:1:6: Missing helper: "shuot" (did you mean "shout"?)
                  <td>é{{shuot 1}}</td>
                       ^
                  called from test:2:2
                """)
        #expect(error.code == .missingHelper)
    }

    @Test(
        "names that are nearly right are suggested",
        arguments: [
            ("{{#eahc x}}{{/eahc}}", "did you mean \"each\"?"), ("{{> haeder}}", "did you mean \"header\"?"),
        ])
    func suggests(_ template: String, _ hint: String) throws {
        #expect(try #require(failure(template, partials: ["header": ""])).hint == hint)
    }

    @Test("strict mode names the missing field, but lets helpers ask")
    func isStrict() throws {
        let error = try #require(failure("{{user.nmae}}", ["user": ["name": "A"]]) { $0.strict = true })
        #expect(error.message == "\"nmae\" not defined in [object Object], in the path user.nmae")
        #expect(error.hint == "did you mean \"name\"?")
        #expect(error.location == .init(template: "test", line: 1, column: 3))
        #expect(try render("{{#if nope}}x{{else}}y{{/if}}") { $0.strict = true } == "y")
        #expect(try render("[{{x}}]", ["x": nil]) { $0.strict = true } == "[]")
        #expect(try #require(failure("{{@nope}}") { $0.strict = true }).code == .notDefined)
    }

    @Test("known helpers are the only ones where the options say so")
    func knowsHelpers() throws {
        let error = try #require(failure("{{nope 1}}") { $0.knownHelpersOnly = true })
        #expect(error.message == "You specified knownHelpersOnly, but used the unknown helper nope")
    }

    @Test("the hooks cannot be called by name")
    func guardsHooks() throws {
        #expect(try #require(failure("{{helperMissing}}")).code == .missingHelper)
        #expect(try #require(failure("{{#blockHelperMissing x}}{{/blockHelperMissing}}")).code == .missingHelper)
    }
}
