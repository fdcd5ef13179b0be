import Handlebars
import Testing

@Suite("Errors")
struct ErrorTests {
    @Test(
        "invalid templates are refused with line and column",
        arguments: [
            ("a\n{{foo", 2, 6, "the end of the template"), ("{{#if x}}\n{{/each}}", 1, 4, "if doesn't match each"),
            ("a\n {{#if x}}b", 2, 2, "block \"if\" is never closed"), ("a{{/if}}", 1, 2, "{{/if}} closes no block"),
            ("{{#if a}}1{{else}}2{{else}}3{{/if}}", 1, 20, "unexpected {{else}}"), ("{{}}", 1, 3, "found \"}}\""),
            ("é漢{{a/../b}}", 1, 5, "Invalid path: a/.."), ("{{x \"abc}}", 1, 5, "this string is never closed"),
            ("{{!-- a }}", 1, 1, "this comment is never closed"),
            ("{{{{a}}}} b", 1, 1, "raw block \"a\" is never closed"),
            ("{{items[0]}}", 1, 8, "unexpected \"[\""), ("é{{format(name)}}", 1, 10, "unexpected \"(\""),
            ("{{a, b}}", 1, 4, "unexpected \",\""), ("{{! open", 1, 3, "this comment is never closed"),
            ("{{#if !a}}{{/if}}", 1, 7, "unexpected \"!\""), ("{{name}", 1, 7, "unexpected \"}\""),
            ("{{> p a b}}", 1, 1, "Unsupported number of partial arguments: 2"),
            ("{{arr.1}}", 1, 7, "expected a name in a path"),
            ("{{#* foo}}{{^}}{{/foo}}", 1, 1, "Unexpected inverse block on decorator"),
            ("a\n {{#*inline \"b\"}}x{{else if c}}y{{/inline}}", 2, 2, "Unexpected inverse block on decorator"),
            ("{{#* foo}}{{^}}{{/bar}}", 1, 6, "foo doesn't match bar"),
            ("{{#* foo}}a{{^}}b{{else}}c{{/foo}}", 1, 18, "unexpected {{else}} in block \"foo\""),
            ("{{f a=1 b}}", 1, 9, "a positional argument follows"),
            ("{{#each a as ||}}{{/each}}", 1, 15, "the name of a block parameter"),
        ])
    func refuses(_ template: String, _ line: Int, _ column: Int, _ message: String) throws {
        let error = try #require(failure(template))
        #expect(error.location == .init(template: "test", line: line, column: column))
        #expect(error.message.contains(message))
        #expect(error.code == .syntax)
    }

    @Test("an error shows the line with a caret, a hint and the calls that led to it")
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
        "similar names are suggested",
        arguments: [
            ("{{#eahc x}}{{/eahc}}", "did you mean \"each\"?"), ("{{> haeder}}", "did you mean \"header\"?"),
        ])
    func suggests(_ template: String, _ hint: String) throws {
        #expect(try #require(failure(template, partials: ["header": ""])).hint == hint)
    }

    @Test("strict mode names the missing field, but helpers may read missing fields")
    func isStrict() throws {
        let error = try #require(failure("{{user.nmae}}", ["user": ["name": "A"]]) { $0.strict = true })
        #expect(error.message == "\"nmae\" not defined in an object with the field name, in the path user.nmae")
        #expect(error.hint == "did you mean \"name\"?")
        #expect(error.location == .init(template: "test", line: 1, column: 3))
        #expect(try render("{{#if nope}}x{{else}}y{{/if}}") { $0.strict = true } == "y")
        #expect(try render("[{{x}}]", ["x": nil]) { $0.strict = true } == "[]")
        #expect(try #require(failure("{{@nope}}") { $0.strict = true }).code == .notDefined)
    }

    @Test("a wrong closing tag is reported at the open block, with the line of the tag")
    func matchesBlocks() throws {
        let error = try #require(failure("{{#if a}}\n {{#each b}}\n  c\n{{/if}}"))
        #expect(
            error.description == """
                test:2:5: each doesn't match if (close "each" before {{/if}} in line 4)
                   {{#each b}}
                      ^
                """)
    }

    @Test(
        "a line may end with anything",
        arguments: ["{{if}}\r\r\nx", "{{if}}\r", "\r\n{{if}}\r\n", "{{", "\n\n{{if\r\r", "a\r\r\n{{if}}\n\n"])
    func toleratesLineEnds(_ template: String) throws {
        #expect(try #require(failure(template)).excerpt?.hasSuffix("^") == true)
    }

    @Test("an error in a helper in a partial in a block lists all calls")
    func listsCallers() throws {
        let error = try #require(
            failure(
                "\n{{#each l}}{{> outer}}{{/each}}", ["l": [1]],
                helpers: ["fail": { call in throw call.error("no paper", hint: "buy some") }],
                partials: [
                    "outer": "\n\n {{#> inner}}{{fail}}{{/inner}}", "inner": "{{#if true}}{{> @partial-block}}{{/if}}",
                ]))
        #expect(
            error.description == """
                outer:3:14: no paper (buy some)
                   {{#> inner}}{{fail}}{{/inner}}
                               ^
                  called from inner:1:13
                  called from outer:3:2
                  called from test:2:12
                """)
    }

    @Test("an error in the text of a partial lists all calls as well")
    func listsCallersOfBrokenPartials() throws {
        let error = try #require(failure("{{> outer}}", partials: ["outer": "\n{{> inner}}", "inner": "{{#if x}}"]))
        #expect(error.location == .init(template: "inner", line: 1, column: 1))
        #expect(error.callers.map(\.description) == ["outer:2:1", "test:1:1"])
    }

    @Test(
        "every error in a tag has a hint how to fix it",
        arguments: [
            ("{{else}}", "write {{else}} between {{#if …}} and {{/if}}"),
            ("a{{else if x}}b", "write {{else}} between {{#if …}} and {{/if}}"),
            ("{{a.}}", "a path must end with a name; the text after \"a\" is read as an argument"),
            ("{{x..}}", "a path must end with a name; the text after \"x\" is read as an argument"),
            ("{{a/}}", "a path must not end with a / or a dot"),
            ("{{@}}", "write a name such as @index"), ("{{arr.1}}", "write an element as list.[0]"),
            ("{{foo", "close it with }}"),
            ("{{{foo}}", "close it with }}}"), ("{{foo}}}", "close it with }}"), ("{{f (g}}", "close it with )"),
            ("{{f g)}}", "remove it, or open it with ("),
            ("{{}}", "write a name; to print braces, write \\{{"),
            ("{{(f g)}}", "write the name of the helper first, without parentheses"),
            ("{{/if}}", "open it with {{#if}}, or remove this tag"),
            ("{{a | f}}", "there are no pipes; write the name of a helper before its arguments"),
            ("{{a == b}}", "write name=value after the name of a helper; there are no operators"),
            ("{{a <b>}}", "close the tag with }} before it; there are no operators, only helpers"),
            ("{{#each l as |i}}{{/each}}", "write block parameters as |item index|"),
            ("{{#each l as i}}{{/each}}", "write {{#each list}} or {{#each list as |item index|}}"),
            ("{{#if}}{{/if}}", "write {{#if value}}"),
            ("{{#each l}}{{/each l}}", "remove it"),
            ("{{{{raw}}}}{{{{/rwa}}}}", "close \"raw\" before {{{{/rwa}}}} in line 1"),
            ("{{#if true}}{{elseif x}}{{/if}}", "write {{else if …}}"), ("{{#fi x}}{{/fi}}", "did you mean \"if\"?"),
            ("{{lgo 1}}", "did you mean \"log\"?"),
            ("{{a;b}}", "put a name that contains it in brackets, [a;b], or close the tag with }} before it"),
        ])
    func hintsAtFixes(_ template: String, _ hint: String) {
        #expect(failure(template, ["x": 1])?.hint == hint)
    }

    @Test(
        "the hint for an unknown name is a known name",
        arguments: [
            ("{{#*inline \"footer\"}}{{/inline}}{{> fotoer}}", "did you mean \"footer\"?"),
            ("{{shuot 1}}", "did you mean \"shout\"?"),
            ("{{#wiht x}}{{/wiht}}", "did you mean \"with\"?"), ("{{completelyDifferent 1}}", nil),
        ])
    func hints(_ template: String, _ hint: String?) {
        let error = failure(template, helpers: ["shout": { $0[0] }])
        #expect(error?.hint == hint)
    }

    @Test(
        "strict mode says the whole path, whatever the path is of",
        arguments: [
            ("{{a.b.c}}", "\"c\" not defined in undefined, in the path a.b.c"),
            ("{{x}}", "\"x\" not defined in an object with the fields a, l"),
            ("{{#each l as |v|}}{{v.x}}{{/each}}", "\"x\" not defined in an object without fields, in the path v.x"),
            ("{{l.x}}", "\"x\" not defined in a list of 1 object, in the path l.x"),
            ("{{#with a}}{{../nope.x}}{{/with}}", "\"x\" not defined in undefined, in the path ../nope.x"),
            ("{{@root.nope}}", "\"nope\" not defined in an object with the fields a, l, in the path @root.nope"),
        ])
    func saysPaths(_ template: String, _ message: String) {
        #expect(failure(template, ["a": [:], "l": [[:]]]) { $0.strict = true }?.message == message)
    }

    @Test("an error names only some fields of an object with many or long names")
    func boundsNames() {
        var object = Object()
        for number in 0..<100 { object["f\(number)"] = 1 }
        let many = failure("{{x}}", .object(object)) { $0.strict = true }
        #expect(
            many?.message
                == "\"x\" not defined in an object with the fields f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, …")
        let long = failure("{{x}}", .object([String(repeating: "n", count: 1000): 1])) { $0.strict = true }
        #expect(long?.message == "\"x\" not defined in an object with the field \(String(repeating: "n", count: 80))…")
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
