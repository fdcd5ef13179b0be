import JSON
import Schemas
import TestSupport
import Testing

@Suite("Values and keywords")
struct KeywordTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let schema: String
        let fitting: [String]
        /// Values with their first mismatch.
        let others: [(value: String, mismatch: String)]
        var testDescription: String { schema }

        init(_ schema: String, _ fitting: [String], _ others: KeyValuePairs<String, String> = [:]) {
            (self.schema, self.fitting, self.others) = (schema, fitting, others.map { ($0.key, $0.value) })
        }
    }

    @Test(
        "a value fits or has a first mismatch",
        arguments: [
            Case("true", ["1", "null"]),
            Case("{}", ["1", "null", "[{}]"]),
            Case("false", [], ["1": ": is not allowed; the schema is false"]),
            Case(
                #"{"type":"number"}"#, ["1", "1.5", "-0", "1e999999999"], [#""1""#: ": must be a number, not a string"]),
            Case(
                #"{"type":"integer"}"#, ["1", "1.0", "-10e-1", "1e999999999", "0.000"],
                [
                    "1.5": ": must be an integer, not 1.5", "1e-999999999": ": must be an integer, not 1e-999999999",
                    "true": ": must be an integer, not a boolean",
                ]),
            Case(
                #"{"type":["object","null","array"]}"#, ["{}", "null", "[]"],
                ["1": ": must be an object, an array or null, not a number"]),
            Case(
                #"{"type":["boolean","string"]}"#, ["true", #""""#],
                ["null": ": must be a string or a boolean, not null"]),
            Case(
                #"{"enum":["a",1,null,{"x":[1,2]}]}"#, [#""a""#, "1.0", "10e-1", "null", #"{"x":[1.0,2]}"#],
                [
                    #""b""#: #": must be one of "a", 1, null, {"x":[1,2]}, not "b""#,
                    "true": #": must be one of "a", 1, null, {"x":[1,2]}, not true"#,
                    #"{"x":[2,1]}"#: #": must be one of "a", 1, null, {"x":[1,2]}, not another value"#,
                    "[1]": #": must be one of "a", 1, null, {"x":[1,2]}, not an array"#,
                ]),
            Case(#"{"const":{"a":1,"b":2}}"#, [#"{"b":2.0,"a":1}"#], ["1": #": must be {"a":1,"b":2}, not 1"#]),
            Case(#"{"const":0}"#, ["0", "-0", "0.0", "0e5"], ["false": ": must be 0, not false"]),
            Case(#"{"const":"\u00e9"}"#, [#""é""#], [#""e\u0301""#: ": must be \"é\", not \"e\u{301}\""]),
            Case(
                #"{"minimum":-1.5,"maximum":10}"#, ["-1.5", "-15e-1", "10", "10.0", #""x""#],
                ["-1.51": ": must be at least -1.5, not -1.51", "10.000001": ": must be at most 10, not 10.000001"]),
            Case(
                #"{"exclusiveMinimum":0,"exclusiveMaximum":1}"#, ["0.1", "1e-999999999"],
                [
                    "0": ": must be greater than 0, not 0", "-0.0": ": must be greater than 0, not -0.0",
                    "1": ": must be less than 1, not 1",
                    "1e999999999": ": must be less than 1, not 1e999999999",
                ]),
            Case(
                #"{"minimum":9007199254740993}"#, ["9007199254740993", "9007199254740993.0000001"],
                ["9007199254740992": ": must be at least 9007199254740993, not 9007199254740992"]),
            Case(
                #"{"multipleOf":0.01}"#, ["0", "-4.02", "1e999999999", "1.10"],
                [
                    "1.005": ": must be a multiple of 0.01, not 1.005",
                    "1e-999999999": ": must be a multiple of 0.01, not 1e-999999999",
                ]),
            Case(
                #"{"minLength":2,"maxLength":3}"#, [#""ab""#, #""😀é語""#, "1"],
                [
                    #""a""#: ": must have at least 2 characters, not 1",
                    #""abcd""#: ": must have at most 3 characters, not 4",
                    #""e\u0301e\u0301""#: ": must have at most 3 characters, not 4",
                ]),
            Case(#"{"minLength":1}"#, [#""a""#], [#""""#: ": must have at least 1 character, not 0"]),
            Case(
                #"{"pattern":"b+"}"#, [#""abc""#, "1"], [#""ac""#: #": must match the pattern b+, and "ac" does not"#]),
            Case(
                #"{"minItems":1,"maxItems":2,"items":{"type":"string"}}"#, [#"["a"]"#, "{}"],
                [
                    "[]": ": must have at least 1 element, not 0", "[1,2,3]": ": must have at most 2 elements, not 3",
                    #"["a",2]"#: "/1: must be a string, not a number",
                ]),
            Case(
                #"{"uniqueItems":true}"#, ["[]", #"[1,"1",true,[1],{"a":1},null]"#, "[[1],[2]]"],
                [
                    "[1,2,1.0]": "/2: is equal to element 0, and all elements must be different",
                    #"[{"a":1,"b":2},{"b":2e0,"a":1}]"#:
                        "/1: is equal to element 0, and all elements must be different",
                ]),
            Case(#"{"uniqueItems":false}"#, ["[1,1]"]),
            Case(
                #"{"required":["amount","b"]}"#, [#"{"amount":null,"b":1}"#, "1"],
                [#"{"b":1}"#: "/amount: is missing", "{}": "/amount: is missing", #"{"amount":1}"#: "/b: is missing"]),
            Case(
                #"{"items":{"required":["a/b"],"minProperties":1}}"#, [#"[{"a/b":1}]"#], ["[{}]": "/0/a~1b: is missing"]
            ),
            Case(
                #"{"minProperties":1,"maxProperties":1}"#, [#"{"a":1}"#],
                [
                    "{}": ": must have at least 1 member, not 0",
                    #"{"a":1,"b":1}"#: ": must have at most 1 member, not 2",
                ]),
            Case(
                #"{"properties":{"amount":{"type":"number"},"b":{}},"additionalProperties":false}"#,
                [#"{"amount":1}"#, "{}"],
                [
                    #"{"amonut":1}"#: "/amonut: is not allowed; did you mean amount?",
                    #"{"xyz":1}"#: "/xyz: is not allowed; allowed members are amount, b",
                    #"{"amount":"1"}"#: "/amount: must be a number, not a string",
                ]),
            Case(
                #"{"additionalProperties":false}"#, ["{}"],
                [#"{"a":1}"#: "/a: is not allowed; the schema allows no members"]),
            Case(
                #"{"properties":{"a":true},"additionalProperties":{"type":"null"}}"#, [#"{"a":1,"b":null}"#],
                [#"{"b/c":1}"#: "/b~1c: must be null, not a number"]),
            Case(#"{"properties":{"a":false}}"#, ["{}"], [#"{"a":1}"#: "/a: is not allowed; the schema is false"]),
            Case(
                "{\"properties\":{\"\u{E9}\":false}}", ["{\"e\u{301}\":1}"],
                ["{\"\u{E9}\":1}": "/\u{E9}: is not allowed; the schema is false"]),
            Case(
                #"{"properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["c"]}"#, [#"{"c":1}"#],
                [
                    #"{"b":1,"a":1}"#: "/c: is missing", #"{"b":1,"a":1,"c":1}"#: "/b: must be a string, not a number",
                ]),
            Case(
                #"{"$schema":"https://json-schema.org/draft/2020-12/schema","$comment":"c","title":"t","description":"d","default":1,"examples":[1],"deprecated":true,"readOnly":true,"writeOnly":false}"#,
                ["null"]),
        ])
    func fits(_ testCase: Case) throws {
        for value in testCase.fitting { #expect(try mismatch(value, testCase.schema) == nil, "\(value)") }
        for (value, expected) in testCase.others { #expect(try mismatch(value, testCase.schema) == expected) }
    }

    @Test("long values are shortened in messages")
    func shortened() throws {
        let value = String(repeating: "9", count: 1_000)
        #expect(try mismatch(value, #"{"maximum":1}"#)?.utf8.count ?? 0 < 120)
        #expect(try mismatch("\"\(value)\"", #"{"enum":["a"]}"#)?.utf8.count ?? 0 < 120)
        #expect(try mismatch("\"\(value)\"", #"{"pattern":"a"}"#)?.utf8.count ?? 0 < 150)
    }

    @Test(
        "a form learns the types of a member",
        arguments: [
            ("a", ["number"]), ("b", ["string", "null"]), ("c", ["string"]), ("d", ["integer"]), ("e", []), ("f", []),
            ("g", ["boolean"]), ("other", ["array"]),
        ])
    func types(name: String, types: [String]) throws {
        let schema = try compiled(
            """
            {"properties":{"a":{"type":"number"},"b":{"type":["string","null"]},"c":{"enum":["x","y"]},"d":{"const":1},
            "e":{},"f":true,"g":{"$ref":"#/$defs/flag"}},"additionalProperties":{"type":"array"},
            "$defs":{"flag":{"$ref":"#/$defs/bool"},"bool":{"type":"boolean"}}}
            """)
        #expect(schema.types(ofMember: name) == Set(types))
        #expect(try compiled("true").types(ofMember: name).isEmpty)
        #expect(try compiled(#"{"additionalProperties":false}"#).types(ofMember: name).isEmpty)
    }
}

@Suite("Numbers in schemas")
struct SchemaNumberTests {
    @Test("bounds agree with exact integers for any decimals", arguments: SeededGenerator.seeds)
    func bounds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            // In thousandths.
            let (value, bound) = (random.number(-3_000...3_000), random.number(-3_000...3_000))
            let (text, boundText) = (Self.written(value, using: &random), Self.written(bound, using: &random))
            #expect(
                try (mismatch(text, "{\"minimum\":\(boundText)}") == nil) == (value >= bound), "\(text) \(boundText)")
            #expect(try (mismatch(text, "{\"exclusiveMaximum\":\(boundText)}") == nil) == (value < bound), "\(text)")
            #expect(try (mismatch(text, "{\"const\":\(boundText)}") == nil) == (value == bound), "\(text) \(boundText)")
            if bound > 0 {
                let divisor = "{\"multipleOf\":\(boundText)}"
                #expect(try (mismatch(text, divisor) == nil) == (value % bound == 0), "\(text) \(divisor)")
                let multiple = Self.written(value * bound, using: &random, thousandths: 6)
                #expect(
                    try mismatch(multiple, "{\"multipleOf\":\(boundText)}") == nil || value % 1000 != 0, "\(multiple)")
            }
        }
    }

    /// A number of thousandths, written with an exponent and zeros.
    private static func written(_ value: Int, using random: inout SeededGenerator, thousandths: Int = 3) -> String {
        let zeros = random.number(0...3)
        return "\(value)\(value == 0 ? "" : String(repeating: "0", count: zeros))e-\(thousandths + zeros)"
    }

    @Test(
        "multiples are exact for many digits and any exponent",
        arguments: [
            ("3", "300000000000000000000000000000000000003", true),
            ("3", "300000000000000000000000000000000000002", false),
            ("7", "1e1000000000", false), ("8", "1e3", true), ("8", "1e2", false),
            ("1e-1000000000", "1e1000000000", true),
            ("1e1000000000", "1", false), ("999999999999999999", "999999999999999998000000000000000001", true),
            ("999999999999999999", "999999999999999998000000000000000002", false), ("0.1", "0.3", true),
        ])
    func multiples(divisor: String, value: String, isMultiple: Bool) throws {
        #expect(try (mismatch(value, "{\"multipleOf\":\(divisor)}") == nil) == isMultiple)
    }
}

@Suite("Formats of strings")
struct FormatTests {
    @Test(
        "are asserted",
        arguments: [
            (
                "date-time",
                [
                    "2026-01-02T03:04:05Z", "2024-02-29t23:59:59.123456789z", "2026-01-02T03:04:05-23:59",
                    "1998-12-31T23:59:60Z", "1998-12-31T15:59:60.123-08:00", "1999-01-01T00:29:60+00:30",
                ],
                [
                    "", "2026-01-02", "2026-01-02T03:04:05", "2026-02-29T03:04:05Z", "2026-13-02T03:04:05Z",
                    "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T22:59:60Z", "1998-12-31T23:59:60-08:00",
                    "2026-01-02T03:04:61Z", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+0100",
                    "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05ZZ", "2026-01-0२T03:04:05Z", "26-01-02T03:04:05Z",
                ]
            ),
            (
                "email",
                [
                    "joe@example.com", "a+b.c_d@x-y.example", #""joe bloggs"@example.com"#, #""a\"b"@c"#,
                    "joe@localhost",
                    "joe@[127.0.0.1]", "joe@[IPv6:::1]", String(repeating: "a", count: 64) + "@b",
                ],
                [
                    "", "joe", "@a", "joe@", ".joe@a.b", "joe.@a.b", "a..b@c.d", "a b@c.d", "joe@-a.b", "joe@a-.b",
                    "joe@a..b", "joe@a_b", "joe@[256.0.0.1]", "joe@[IPv6:1]", #""a"b"@c"#, #""a\"@c"#, "é@c.d",
                    String(repeating: "a", count: 65) + "@b", "a@" + String(repeating: "b", count: 64),
                ]
            ),
            (
                "uri",
                [
                    "https://example.com", "http://user:pw@[::1]:80/a/b?c=d&e#f", "mailto:a@b.c", "urn:isbn:0451450523",
                    "file:///a", "a:", "x+y-z.1:?q", "http://a/%20b", "ftp://1.2.3.4:/", "http://[v7.ab:c]/",
                    "tel:+1-2",
                ],
                [
                    "", "example.com", "/a/b", "//a/b", "1a://b", ":a", "http://a b", "http://a/%2", "http://a/%zz",
                    "http://[::1", "http://[:::1]", "http://a:b", "http://a/{b}", "http://a/é", "http://a\\b", "a:#b#c",
                    "http://[1:2:3:4:5:6:7]", "http://[1::2::3]", "http://[12345::]", "http://[v.a]", "http://a@b@c/",
                    "http://[::1]x",
                ]
            ),
            (
                "uuid", ["123e4567-e89b-12d3-a456-426614174000", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"],
                [
                    "", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
                    "123e4567-e89b-12d3-a456-4266141740000", "123e4567-e89b-12d3-a456-42661417400g",
                    "{123e4567-e89b-12d3-a456-426614174000}", "123e4567-e89b-12d3-a4564-26614174000",
                ]
            ),
        ] as [(String, [String], [String])])
    func asserted(format: String, valid: [String], invalid: [String]) throws {
        let schema = try compiled("{\"format\":\"\(format)\"}")
        for text in valid { #expect(schema.mismatch(.string(text)) == nil, "\(text)") }
        for text in invalid { #expect(schema.mismatch(.string(text)) != nil, "\(text)") }
        #expect(schema.mismatch(1) == nil)
    }

    @Test(
        "have messages with an example",
        arguments: [
            ("date-time", #"must be a date and time as 2026-01-02T03:04:05Z (RFC 3339), not "x""#),
            ("email", #"must be an email address as name@example.com, not "x""#),
            ("uri", #"must be a URI with its scheme as https://example.com/path, not "x""#),
            ("uuid", #"must be a UUID as 123e4567-e89b-12d3-a456-426614174000, not "x""#),
        ])
    func messages(format: String, message: String) throws {
        #expect(try mismatch(#""x""#, "{\"format\":\"\(format)\"}") == ": " + message)
    }
}
