import Handlebars
import Testing

@Suite("Expressions")
struct ExpressionTests {
    @Test(
        "a tag prints its value as JavaScript would, escaped unless the tag has three braces or &",
        arguments: [
            Row("{{x}}", ["x": "&<>\"'`=/"], "&amp;&lt;&gt;&quot;&#x27;&#x60;&#x3D;/"),
            Row("{{{x}}}{{&x}}", ["x": "<b>"], "<b><b>"),
            Row("{{x}}", ["x": .safeString("<b>")], "<b>"),
            Row("[{{x}}{{y}}]", ["x": nil], "[]"),
            Row("{{x}} {{y}}", ["x": false, "y": 0], "false 0"),
            Row("{{x}}", ["x": [1, "<", [true, nil]]], "1,&lt;,true,"),
            Row("{{x}}", ["x": [:]], "[object Object]"),
            Row("{{x}} – 漢 {{x}}", ["x": "é😀"], "é😀 – 漢 é😀"),
        ])
    func prints(_ row: Row) throws {
        #expect(try render(row.template, row.context) == row.output)
    }

    @Test(
        "a number is written as JavaScript writes it",
        arguments: [
            (0, "0"), (-0.0, "0"), (1.5, "1.5"), (-2.25, "-2.25"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
            (1.5e300, "1.5e+300"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1.25e-9, "1.25e-9"),
            (0.1 + 0.2, "0.30000000000000004"), (123_456_789.125, "123456789.125"),
            (9_007_199_254_740_992, "9007199254740992"), (.infinity, "Infinity"), (-.infinity, "-Infinity"),
            (.nan, "NaN"),
            (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"), (100.01, "100.01"),
        ] as [(Double, String)])
    func writesNumbers(_ number: Double, _ text: String) throws {
        #expect(try render("{{x}}", ["x": .number(number)]) == text)
    }

    @Test(
        "a path finds its field",
        arguments: [
            Row("{{a.b.c}}{{a/b/c}}{{this.a.b.c}}{{./a.b.c}}", ["a": ["b": ["c": 1]]], "1111"),
            Row("{{[a b].[c.d]}}", ["a b": ["c.d": 1]], "1"),
            Row("{{\"a b\"}}{{'c'}}{{12}}{{true}}", ["a b": 1, "c": 2, "12": 3, "true": 4], "1234"),
            Row("{{list.[1]}}{{list.length}}{{text.length}}", ["list": ["x", "y"], "text": "naïve😀"], "y27"),
            Row("{{#with a}}{{b}}{{../c}}{{@root.c}}{{/with}}", ["a": ["b": 1], "c": 2], "122"),
            Row("[{{../a}}{{nope.a.b}}]", ["a": 1], "[]"),
            Row(
                "{{#each a}}{{#each this}}{{@../index}}{{@index}} {{/each}}{{/each}}", ["a": [[1, 2], [3]]], "00 01 10 "
            ),
            Row("[{{constructor}}{{a.__proto__}}{{toString}}]", ["a": [:]], "[]"),
        ])
    func findsFields(_ row: Row) throws {
        #expect(try render(row.template, row.context) == row.output)
    }

    @Test(
        "literals and subexpressions keep their types as arguments",
        arguments: [
            Row(
                "{{type 1}} {{type -1.5}} {{type \"1\"}} {{type true}} {{type null}} {{type undefined}}", [:],
                "number number string bool null undefined"),
            Row("{{type (lookup list 0)}} {{type x=1}}", ["list": [[]]], "array undefined"),
            Row("{{join \"a\\\"b\" 'c\\'d'}}", [:], "a&quot;b,c&#x27;d"),
            Row("{{join (join 1 2) (join (join 3))}}", [:], "1,2,3"),
            Row("{{hash b=1 a=(join 2 3) }}", [:], "a=2,3 b=1"),
        ])
    func passesArguments(_ row: Row) throws {
        let helpers: HelperRegistry = [
            "type": { call in
                switch call[0] {
                case .number: "number"
                case .string: "string"
                case .bool: "bool"
                case .null: "null"
                case .undefined: "undefined"
                case .array: "array"
                default: "other"
                }
            },
            "join": { .string($0.arguments.map(\.text).joined(separator: ",")) },
            "hash": { call in
                .safeString(call.hash.entries.map { "\($0.key)=\($0.value.text)" }.sorted().joined(separator: " "))
            },
        ]
        #expect(try render(row.template, row.context, helpers: helpers) == row.output)
    }

    @Test(
        "braces after a backslash are text, comments are nothing",
        arguments: [
            Row("\\{{x}} {{x}}", ["x": 1], "{{x}} 1"),
            Row("\\\\{{x}}", ["x": 1], "\\1"),
            Row("a{{! b }}c{{!-- {{d}} --}}e{{!--~}}f", [:], "acef"),
            Row("{{{{raw}}}} {{x}} {{{{/raw}}}}", ["raw": true], " {{x}} "),
        ])
    func leavesText(_ row: Row) throws {
        #expect(try render(row.template, row.context) == row.output)
    }

    @Test("a function in the data is called when a tag uses it")
    func callsFunctions() throws {
        let context: Value = [
            "x": .lazy { "<" }, "list": .lazy { [1, 2] }, "name": "N", "f": .function(Function { $0.context["name"] }),
        ]
        #expect(
            try render("{{x}}{{#each list}}{{this}}{{/each}}{{#if x}}!{{/if}}{{f}}{{#f}}{{this}}{{/f}}", context)
                == "&lt;12!NN")
    }
}
