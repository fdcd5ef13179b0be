import Handlebars
import JSON
import Testing

/// Cases that engines often render differently. Where Node has handlebars.js, both must print the same.
@Suite("Edge cases")
struct EdgeCaseTests {
    struct EdgeCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let template: String
        let context: Value
        let partials: [String: String]
        let output: String
        let configure: @Sendable (inout TemplateOptions) -> Void

        init(
            _ name: String, _ template: String, _ context: Value = [:], _ partials: [String: String] = [:],
            _ output: String,
            configure: @escaping @Sendable (inout TemplateOptions) -> Void = { _ in }
        ) {
            testDescription = name
            self.template = template
            self.context = context
            self.partials = partials
            self.output = output
            self.configure = configure
        }
    }

    @Test(
        "expressions",
        arguments: [
            EdgeCase(
                "values", "{{n}}{{u}}{{f}} {{z}} {{l}} {{o}} {{i}} {{d}} {{s}}",
                [
                    "n": nil, "f": false, "z": 0, "l": [1, [2, 3], nil, "x"], "o": [:], "i": 1e21, "d": 1e-7,
                    "s": 0.30000000000000004,
                ], [:],
                "false 0 1,2,3,,x [object Object] 1e+21 1e-7 0.30000000000000004"),
            EdgeCase(
                "the seven characters", "{{x}} {{{x}}} {{&x}}", ["x": "&<>\"'`=/&amp;"], [:],
                "&amp;&lt;&gt;&quot;&#x27;&#x60;&#x3D;/&amp;amp; &<>\"'`=/&amp; &<>\"'`=/&amp;"),
            EdgeCase(
                "paths", "{{a.b}}{{a/b}}{{this.a.b}}{{./a.b}}{{a.x.y}}{{x.y.z}}{{../a}}", ["a": ["b": 1]], [:], "1111"),
            EdgeCase(
                "names in brackets and literals",
                "{{[a b]}}{{o.[b c]}}{{l.[0]}}{{\"a b\"}}{{12}}{{true}}{{null}}{{undefined}}",
                ["a b": 1, "o": ["b c": 2], "l": [3], "12": 4, "true": 5, "null": 6, "undefined": 7], [:], "12314567"),
            EdgeCase(
                "lengths", "{{l.length}}{{t.length}}{{o.length}}", ["l": [1, 2], "t": "abc", "o": [:]], [:], "23"),
            EdgeCase(
                "the data variables of loops",
                "{{#each l}}{{@index}}{{@key}}{{@first}}{{@last}}{{@nope}}{{#each this}}{{@../index}}{{@key}}{{@index}}{{/each}} {{/each}}",
                ["l": [["k": 1], []]], [:], "00truefalse0k0 11falsetrue "),
            EdgeCase(
                "literals keep their kind",
                "{{kind -1}} {{kind \"a\\\"b\"}} {{kind 'c'}} {{kind true}} {{kind null}} {{kind undefined}} {{echo 'a\\'b'}}",
                [:], [:],
                "number string string boolean null undefined a&#x27;b"),
            EdgeCase(
                "subexpressions",
                "{{echo (echo (echo \"<\"))}}{{#each (list 1 2)}}{{this}}{{/each}}{{keys a=(echo 1)}}", [:], [:],
                "&lt;12a"),
            EdgeCase("comments", "a{{! b }}c{{!-- d }} --}}e\n{{!-- f --}}\ng{{~! h ~}} i", [:], [:], "ace\ngi"),
            EdgeCase(
                "inherited properties of JavaScript objects",
                "{{constructor}}{{o.__proto__}}{{l.push}}{{t.trim}}{{lookup o \"toString\"}}",
                ["o": [:], "l": [], "t": "x"], [:], ""),
            EdgeCase(
                "names", "{{a-b}}{{$c}}{{_d}}{{e:f}}{{g?}}{{1h}}",
                ["a-b": 1, "$c": 2, "_d": 3, "e:f": 4, "g?": 5, "1h": 6], [:], "123456"),
            EdgeCase("an empty name is the context", "{{[]}}", "x", [:], "x"),
            EdgeCase(
                "names that only begin like words", "{{elsewhere}}{{thisx}}{{asd}}{{truex}}",
                ["elsewhere": 1, "thisx": 2, "asd": 3, "truex": 4], [:], "1234"),
            EdgeCase(
                "numbers with a point", "{{echo 1.50}} {{echo -0.5}} {{echo 100000000000000000000000}}", [:], [:],
                "1.5 -0.5 1e+23"),
            EdgeCase("backslashes", "\\\\\\{{x}}|\\{{x}}{{x}}|a\\b{{x}}", ["x": 1], [:], "\\\\1|{{x}}1|a\\b1"),
            EdgeCase(
                "raw blocks inside one another", "{{{{r}}}}{{{{s}}}}{{x}}{{{{/s}}}}{{{{/r}}}}", ["r": true], [:],
                "{{{{s}}}}{{x}}{{{{/s}}}}"),
            EdgeCase("a repeated hash name", "{{keys b=1 a=2 b=3}}|{{> p x=1 x=2}}", [:], ["p": "{{x}}"], "b a|1"),
            EdgeCase(
                "a literal undefined in a hash", "{{keys a=undefined b=none}}{{> p x=undefined}}", ["x": 1],
                ["p": "{{x}}"], "b1"),
            EdgeCase(
                "a literal undefined in a hash makes any context an object",
                "{{> p n x=undefined}}{{> p t x=undefined}}{{> p b x=undefined}}{{> p l x=undefined}}{{> p o x=undefined}}{{> p none x=undefined}}",
                ["n": 1.5, "t": "text", "b": true, "l": [1], "o": ["a": 1]], ["p": "[{{this}}]"],
                String(repeating: "[[object Object]]", count: 6)),
            EdgeCase(
                "also that of a block and of an inline partial",
                "{{#> b}}({{this}}){{/b}}{{#*inline \"q\"}}<{{this}}>{{/inline}}{{> q n x=undefined}}",
                ["n": 1.5], ["b": "{{> @partial-block n x=undefined}}"], "([object Object])<[object Object]>"),
            EdgeCase(
                "parents are counted by contexts",
                "{{#with this}}{{#if x}}{{../x}}{{/if}}{{#with o}}{{../x}}{{/with}}{{/with}}", ["x": 1, "o": ["y": 2]],
                [:], "1"),
            EdgeCase(
                "beyond the end of an array", "{{kind l.[0]}} {{kind l.[9]}} {{kind l.x}} {{kind t.x}} {{kind t.[9]}}",
                ["l": [nil], "t": "t"], [:], "null undefined undefined undefined undefined"),
            EdgeCase("null stays null", "[{{a.b}}{{#if a.b}}1{{else}}0{{/if}}]", ["a": nil], [:], "[0]"),
            EdgeCase(
                "@data ends at false", "{{#each l}}{{@first.x}}{{@index.y}} {{/each}}", ["l": [1, 2]], [:], "0 false "),
            EdgeCase(
                "a lookup in nothing", "{{lookup nope \"a\"}}{{lookup zero \"a\"}}{{lookup text \"length\"}}",
                ["zero": 0, "text": "abc"], [:], "03"),
        ])
    func expressions(_ row: EdgeCase) throws { try check(row) }

    @Test(
        "blocks",
        arguments: [
            EdgeCase(
                "values that are false for if",
                "{{#each l}}{{#if this}}1{{else}}0{{/if}}{{#unless this}}1{{else}}0{{/unless}} {{/each}}",
                ["l": [false, nil, "", 0, [], [:], "0", " ", "false", [0]]], [:], "01 01 01 01 01 10 10 10 10 10 "),
            EdgeCase(
                "each in the order of JavaScript, and over empty values",
                "{{#each o}}{{@key}}{{this}} {{/each}}{{#each l}}{{this}}{{else}}{{this}}-{{/each}}{{#each t}}x{{else}}-{{/each}}",
                ["o": ["b": 1, "2": 2, "a": 3, "1": 4], "l": [], "t": "text"], [:], "14 22 b1 a3 [object Object]--"),
            EdgeCase(
                "with enters 0, but not empty values",
                "{{#with 0}}[{{this}}]{{/with}}{{#with l}}x{{else}}1{{/with}}{{#with t}}x{{else}}2{{/with}}{{#with o as |p|}}{{p.x}}{{/with}}",
                ["l": [], "t": "", "o": ["x": 3]], [:], "[0]123"),
            EdgeCase(
                "lookup and log", "{{lookup l 1}}{{lookup o k}}{{log \"x\"}}", ["l": [1, 2], "o": ["a": 3], "k": "a"],
                [:], "23"),
            EdgeCase(
                "sections over values of each type",
                "{{#y}}{{x}}{{/y}}{{#n}}x{{else}}-{{/n}}{{#l}}{{@index}}{{this}}{{/l}}{{#o}}{{x}}{{/o}}",
                ["y": true, "x": 1, "l": ["a", "b"], "o": ["x": 2]], [:], "1-0a1b2"),
            EdgeCase(
                "chains of any helper", "{{#if a}}1{{else each l}}{{this}}{{else}}2{{/if}}", ["l": [3, 4]], [:], "34"),
            EdgeCase(
                "chains through with and a section",
                "{{#if a}}1{{else with o}}{{x}}{{else if b}}3{{/if}}{{#if a}}1{{else s}}4{{/if}}",
                ["o": ["x": 2], "s": true], [:], "24"),
            EdgeCase(
                "inverted sections", "{{^n}}1{{else}}2{{/n}}{{^y}}1{{else}}2{{/y}}{{#y}}3{{^}}4{{/y}}", ["y": true],
                [:], "123"),
            EdgeCase(
                "parameters come before helpers and fields",
                "{{#each l as |echo x|}}{{echo}}{{x}}{{this.echo}}{{/each}}", ["l": [["echo": "e"]], "x": 9], [:],
                "[object Object]0e"),
            EdgeCase(
                "a parameter called with arguments is itself",
                "{{#with 5 as |echo|}}{{echo 1}}{{list (echo 2)}}{{/with}}", [:], [:], "55"),
            EdgeCase(
                "parameters and partials", "{{#each l as |v|}}{{> p}}{{#> q}}{{v}}{{/q}}{{/each}}", ["l": [1]],
                ["p": "[{{v}}]", "q": "({{> @partial-block}})"], "[](1)"),
            EdgeCase("helpers come before fields", "{{echo \"h\"}}{{this.echo}}{{./echo}}", ["echo": "f"], [:], "hff"),
            EdgeCase(
                "if with other arguments",
                "{{#if 0 includeZero=x}}1{{else}}2{{/if}}{{#unless 0 includeZero=true}}3{{else}}4{{/unless}}", ["x": 1],
                [:], "14"),
            EdgeCase(
                "a section over text and 0", "{{#t}}[{{this}}]{{/t}}{{#z}}[{{this}}]{{/z}}{{#e}}x{{else}}y{{/e}}",
                ["t": "", "z": 0, "e": []], [:], "[][0]y"),
            EdgeCase(
                "helpers that make frames",
                "{{#each l}}{{#frame custom=this}}{{@custom}}{{@index}}{{@../index}}{{/frame}}{{/each}}", ["l": ["a"]],
                [:], "a00"),
            EdgeCase("an unknown name with a hash only", "[{{nope a=1}}]", [:], [:], "[]"),
        ])
    func blocks(_ row: EdgeCase) throws { try check(row) }

    @Test(
        "white space",
        arguments: [
            EdgeCase(
                "lines of tags alone go", "a\n {{#if x}} \nb\n\t{{else}}\nc\n{{/if}}\r\nd\n{{! e }}\nf\n{{x}}\n",
                ["x": 1], [:], "a\nb\nd\nf\n1\n"),
            EdgeCase("ignoreStandalone", "{{#if x}}\na\n{{/if}}\nb", ["x": 1], [:], "\na\n\nb") {
                $0.ignoreStandalone = true
            },
            EdgeCase("preventIndent", " {{> p}}\nc", [:], ["p": "a\nb\n"], " a\nb\nc") { $0.preventIndent = true },
            EdgeCase(
                "nested indentation adds up", " {{> p}}\n", [:], ["p": "a\n {{> q}}\n", "q": "b\nc\n"], " a\n  b\n  c\n"
            ),
            EdgeCase(
                "two tags on a line", "{{#if x}} {{y}}\n{{/if}}|\n{{! a }}{{! b }}\n|", ["x": 1], [:], " \n|\n\n|"),
            EdgeCase("the start of a block is no line", "{{#if x}}{{#if x}}\na{{/if}}{{/if}}", ["x": 1], [:], "\na"),
            EdgeCase("the text as written counts", "a\n{{~#if x}}\n b\n{{/if}}", ["x": 1], [:], "a b\n"),
            EdgeCase("opening and closing apart", "{{#if x}}\na {{/if}}\nb", ["x": 1], [:], "a \nb"),
            EdgeCase("blank lines are indented", "  {{> p}}\n", [:], ["p": "a\n\nb"], "  a\n  \n  b"),
            EdgeCase("partial blocks are not", "  {{#> p}}\n  {{/p}}\n", [:], ["p": "a\nb\n"], "a\nb\n"),
            EdgeCase(
                "tildes on everything", " {{~{x}~}} {{~&x~}} {{~> p~}} {{~!-- c --~}} a", ["x": 1], ["p": "p"], "11pa"),
        ])
    func whiteSpace(_ row: EdgeCase) throws { try check(row) }

    @Test(
        "partials",
        arguments: [
            EdgeCase(
                "contexts and hashes", "{{> p}}{{> p o}}{{> p o x=3}}{{> p 7 x=4}}", ["x": 1, "o": ["x": 2, "y": 0]],
                ["p": "{{x}}{{y}} "], "1 20 30 4 "),
            EdgeCase(
                "a name worked out, and one that calls itself", "{{> (echo \"p\") t}}", ["t": ["v": 1, "t": ["v": 2]]],
                ["p": "{{v}}{{#if t}}{{> p t}}{{/if}}"], "12"),
            EdgeCase(
                "a default, or a block", "{{#> none}}1{{/none}}{{#> p}}2{{/p}}", [:], ["p": "[{{> @partial-block}}]"],
                "1[2]"),
            EdgeCase("a broken partial that nobody calls", "a{{#if no}}{{> p}}{{/if}}", [:], ["p": "{{#if"], "a"),
            EdgeCase(
                "parents end at a partial", "{{#with o}}{{> p}}{{/with}}", ["x": 1, "o": [:]], ["p": "[{{../x}}]"], "[]"
            ),
            EdgeCase(
                "@root does not", "{{#with o}}{{> p this}}{{/with}}", ["x": 1, "o": [:]], ["p": "{{@root.x}}"], "1"),
            EdgeCase(
                "odd names", "{{> a/b}}{{> \"c d\"}}{{> [e]}}{{> 12}}{{> f-g.h}}", [:],
                ["a/b": "1", "c d": "2", "e": "3", "12": "4", "f-g.h": "5"], "12345"),
            EdgeCase("a hash over a text", "{{> p \"ab\" x=1}}", [:], ["p": "{{[0]}}{{[1]}}{{x}}"], "ab1"),
            EdgeCase(
                "inline partials are visible before their definition, and only in their block",
                "{{#if x}}{{> p}}{{#*inline \"p\"}}2{{/inline}}{{/if}}{{> p}}", ["x": 1], ["p": "1"], "21"),
            EdgeCase(
                "inlines reach called partials", "{{#*inline \"q\"}}1{{/inline}}{{> p}}", [:], ["p": "{{> q}}"], "1"),
            EdgeCase(
                "@partial-block is asked for", "{{> p}}{{#> p}}b{{/p}}{{#> p}}{{/p}}", [:],
                ["p": "{{#if @partial-block}}1{{else}}0{{/if}}"], "010"),
            EdgeCase(
                "a block that calls the block outside", "{{#> p}}a{{/p}}", [:],
                ["p": "{{#> q}}{{> @partial-block}}b{{/q}}", "q": "({{> @partial-block}})"], "(ab)"),
        ])
    func partials(_ row: EdgeCase) throws { try check(row) }

    @Test(
        "options",
        arguments: [
            EdgeCase("noEscape", "{{x}}{{echo x}}", ["x": "<"], [:], "<<") { $0.noEscape = true },
            EdgeCase(
                "strict", "{{x}}{{#if nope}}1{{/if}}{{echo nope}}[{{o.n}}]", ["x": 1, "o": ["n": nil]], [:], "1[]"
            ) {
                $0.strict = true
            },
            EdgeCase(
                "compat", "{{#with o}}{{x}}{{o.y}}{{/with}}{{#with o}}{{> p}}{{/with}}", ["x": 1, "o": ["y": 2]],
                ["p": "{{x}}"], "121"
            ) { $0.compat = true },
            EdgeCase("compat behind a false context", "{{#with 0}}[{{x}}]{{/with}}", ["x": 1], [:], "[]") {
                $0.compat = true
            },
            EdgeCase("assumeObjects", "[{{x}}{{o.x}}]", ["o": [:]], [:], "[]") { $0.assumeObjects = true },
            EdgeCase(
                "explicitPartialContext", "{{> p}}{{> p this}}{{> p y=2}}", ["x": 1], ["p": "[{{x}}{{y}}]"], "[][1][2]"
            ) { $0.explicitPartialContext = true },
            EdgeCase("knownHelpersOnly", "{{echo 1}}{{keys}}{{#if x}}2{{/if}}", ["keys": "f", "x": 1], [:], "1f2") {
                options in
                options.knownHelpersOnly = true
                options.knownHelpers = ["echo"]
            },
            EdgeCase(
                "a context that is copied for a literal undefined is another one",
                "{{#with n}}{{> p this x=undefined}}|{{> p this}}{{/with}}", ["a": "top", "n": ["a": "in"]],
                ["p": "{{../a}}"],
                "in|top"
            ) { $0.compat = true },
            EdgeCase("data", "{{#each l}}{{> p}}{{datum}}{{/each}}", ["l": [1]], ["p": "[{{@index}}{{@root.x}}]"], "[]")
            {
                $0.data = false
            },
            EdgeCase(
                "a partial called without data has none for its loops", "{{> p}}", ["l": [1, 2]],
                ["p": "{{#each l}}[{{@index}}{{@key}}]{{/each}}"],
                "[][]"
            ) { $0.data = false },
            EdgeCase(
                "a block given to a partial is data, and is below none", "{{#> p}}{{/p}}", [:],
                ["p": "[{{@m}}{{list @m}}]"], "[]"
            ) { $0.data = false },
            EdgeCase("data that is read after all", "{{#each l}}{{@index}}{{datum}}{{/each}}", ["l": [1]], [:], "00") {
                $0.data = false
            },
        ])
    func options(_ row: EdgeCase) throws { try check(row) }

    private func check(_ row: EdgeCase) throws {
        let output = try render(
            row.template, row.context, helpers: DifferentialHelpers.plain, partials: row.partials, row.configure)
        #expect(output == row.output)
        guard NodeHandlebars.version != nil else { return }
        #expect(try NodeHandlebars().answer(row.json) == .output(row.output), "handlebars.js")
    }

    @Test(
        "invalid templates fail",
        arguments: [
            ("{{if x}}", "exactly one argument is not enough"), ("{{#if}}{{/if}}", "no argument"),
            ("{{#each}}{{/each}}", "no iterator"),
            ("{{lookup o}}", "no key"), ("{{#if x}}{{* d}}{{/if}}", "an unknown decorator"),
            ("{{#unless x}}{{* d}}{{/unless}}", "one set up in vain"),
            ("{{#*d}}{{/d}}", "a decorator block"), ("{{#*inline \"a\"}}{{else}}{{/inline}}", "an else in a decorator"),
            ("{{#> (echo \"p\")}}{{/echo}}", "the block of a name worked out"),
            ("{{#if x as |y|}}{{y}}{{/if}}", "parameters that nobody gives"),
            ("{{nope 1}}", "a missing helper"), ("{{#nope 1}}{{/nope}}", "a missing block helper"),
            ("{{list (nope 1)}}", "a missing helper inside"),
            ("{{> nope}}", "a missing partial"), ("{{> @partial-block}}", "no block to call"),
            ("{{x 1}}", "a field called"),
        ])
    func fails(_ template: String, _ why: String) {
        #expect(failure(template, ["x": 1, "o": [:]], helpers: DifferentialHelpers.plain) != nil, "\(why)")
    }

    @Test(
        "in strict mode a partial called without data cannot read any",
        arguments: [
            ("{{> p}}", "{{list @m}}", true), ("{{> p}}", "{{#each l}}{{list @index}}{{/each}}", true),
            ("{{> p}}", "{{#frame}}{{list @custom}}{{/frame}}", false),
            ("{{> p}}", "{{#frame}}{{list @../custom}}{{/frame}}", true),
            ("{{#> p}}{{/p}}", "{{list @m}}", false), ("{{#> p}}{{/p}}", "{{list @../m}}", true),
            ("{{#> p}}{{/p}}", "{{#each l}}{{list @index @../m}}{{/each}}", false),
            ("{{#> p}}{{@m}}{{/p}}", "{{list @../m}}", false),
            ("{{> p}}", "{{#> @partial-block @m}}{{/@partial-block}}", true),
            ("{{> p}}", "{{> @partial-block}}{{@m}}", true),
            ("{{#> p}}{{/p}}", "{{> @partial-block}}", true),
            ("{{#> p}}{{/p}}", "{{> @partial-block}}{{list @m}}", false),
        ])
    func strictWithoutData(_ template: String, _ partial: String, _ fails: Bool) throws {
        let row = EdgeCaseTests.EdgeCase("strict", template, ["l": [1]], ["p": partial], "") {
            $0.strict = true
            $0.data = false
        }
        let failed = failure(
            row.template, row.context, helpers: DifferentialHelpers.plain, partials: row.partials, row.configure)
        #expect((failed != nil) == fails)
        guard NodeHandlebars.version != nil else { return }
        guard case .error = try NodeHandlebars().answer(row.json) else { return #expect(!fails, "handlebars.js") }
        #expect(fails, "handlebars.js")
    }

    @Test("an unknown decorator in a block that is never set up is ignored")
    func ignoresDecorators() throws {
        #expect(try render("{{#if y}}{{#if x}}{{* d}}{{/if}}{{/if}}") == "")
    }

    @Test("data of the call is a level above, and root replaces the context")
    func givesData() throws {
        #expect(try render("{{@a}}{{@../a}}{{@root.x}}", ["x": 1], data: ["a": 2]) == "221")
        #expect(try render("{{@root.x}}{{x}}", ["x": 1], data: ["root": ["x": 2]]) == "21")
    }

    @Test("hooks handle missing names")
    func hooks() throws {
        let helpers: HelperRegistry = [
            "helperMissing": { "m:\($0.name)/\($0.arguments.count) " },
            "blockHelperMissing": { "b:\($0.name)/\($0[0].text)/\(try $0.fn()) " },
        ]
        #expect(try render("{{a}}{{b 1}}{{c}}", ["c": 1], helpers: helpers) == "m:a/0 m:b/1 1")
        #expect(
            try render("{{#c}}x{{/c}}{{#o.p}}y{{/o.p}}", ["c": 1, "o": ["p": 2]], helpers: helpers)
                == "b:c/1/x b:o.p/2/y ")
        let error = try #require(failure("{{a 1}}", helpers: helpers) { $0.strict = true })
        #expect(error.code == .notDefined)
    }
}

extension EdgeCaseTests.EdgeCase {
    /// As peer.js reads it.
    var json: JSONValue {
        var options = TemplateOptions()
        configure(&options)
        return [
            "template": .string(template), "data": json(of: context),
            "partials": .object(JSONObject(partials.map { ($0.key, .string($0.value)) })),
            "options": [
                "noEscape": .bool(options.noEscape), "compat": .bool(options.compat), "data": .bool(options.data),
                "strict": .bool(options.strict), "preventIndent": .bool(options.preventIndent),
                "ignoreStandalone": .bool(options.ignoreStandalone),
                "assumeObjects": .bool(options.assumeObjects), "knownHelpersOnly": .bool(options.knownHelpersOnly),
                "explicitPartialContext": .bool(options.explicitPartialContext),
                "knownHelpers": .object(JSONObject(options.knownHelpers.map { ($0, .bool(true)) })),
            ],
        ]
    }

    private func json(of value: Value) -> JSONValue {
        switch value {
        case .bool(let bool): .bool(bool)
        case .number(let number): JSONNumber(number).map(JSONValue.number) ?? .null
        case .string(let text): .string(text)
        case .array(let items): .array(items.map(json))
        case .object(let object): .object(JSONObject(object.entries.map { ($0.key, json(of: $0.value)) }))
        default: .null
        }
    }
}
