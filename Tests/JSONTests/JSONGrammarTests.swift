import JSON
import Testing

@Suite("JSON grammar")
struct JSONGrammarTests {
    /// A text, and the same text without insignificant whitespace.
    static let valid: [(text: String, compact: String)] = [
        ("null", "null"), ("true", "true"), (" false ", "false"),
        ("0", "0"), ("-0", "-0"), ("10", "10"), ("-1.5", "-1.5"), ("0.0001", "0.0001"),
        ("1e5", "1e5"), ("1E+05", "1E+05"), ("1.25e-3", "1.25e-3"), ("0e0", "0e0"),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("1e999999", "1e999999"),
        (#""""#, #""""#), (#""plain""#, #""plain""#), (#""with  two spaces""#, #""with  two spaces""#),
        (#""\"\\\/\b\f\n\r\t""#, #""\"\\\/\b\f\n\r\t""#),
        (#""\u0000\u00e9\u00E9\uD83D\uDE00""#, #""\u0000\u00e9\u00E9\uD83D\uDE00""#),
        ("\"é, 語, 😀, \u{7F}, \u{2028}, \u{FFFF}, \u{10FFFF}\"", "\"é, 語, 😀, \u{7F}, \u{2028}, \u{FFFF}, \u{10FFFF}\""),
        (
            "\"eight by\\teight bytes, and \\\" again and again\"",
            "\"eight by\\teight bytes, and \\\" again and again\""
        ),
        ("[]", "[]"), ("[ ]", "[]"), ("\t[\r\n1 ,\n2 ]\n", "[1,2]"), ("[[],[[]]]", "[[],[[]]]"),
        ("[null,true , false,\"\",0,{}]", "[null,true,false,\"\",0,{}]"),
        ("{}", "{}"), ("{\n}", "{}"), (#"{"a":1}"#, #"{"a":1}"#), (#"{ "a" : { "b" : [ 1 ] } }"#, #"{"a":{"b":[1]}}"#),
        (#"{"":0}"#, #"{"":0}"#), (#"{"a":1,"a":2}"#, #"{"a":1,"a":2}"#), (#"{"\u0061":1}"#, #"{"\u0061":1}"#),
    ]

    static let invalid: [String] = [
        "", " ", "nul", "nulll", "True", "tru", "falsey", "undefined", "NaN", "Infinity", "-Infinity",
        "+1", "-", "--1", "01", "-01", "00", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "1e1.5", "0x10", "1_000", "1a",
        "1 2",
        "'a'", "\"", "\"a", #""\""#, #""\x41""#, #""\u""#, #""\u12""#, #""\u12G4""#, #""\U0041""#, "\"\t\"", "\"\n\"",
        "\"\u{0}\"",
        "\"\u{1F}\"", #""\uD800""#, #""\uD800x""#, #""\uDC00""#, #""\uD83D\u0041""#, #""\uD83D\uD83D""#, #""\uD83D\n""#,
        #""\uD83D\u12""#, "\"a\" \"b\"", "\"a\"x",
        "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "[1}", "[1;2]", "[[]", "[]]", "[\"a\"",
        "[\u{B}]", "[\u{A0}]",
        "{", "}", "{]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "{1:1}",
        "{null:1}",
        "{\"a\" 1}", "{\"a\":}", "{\"a\"::1}", "{\"a\":1 \"b\":2}", "{\"a\",1}", "{\"a\":1}}", "{\"a\":1]",
        "{\"\\uD800\":1}",
        "// comment\n1", "1 // comment", "/* comment */ 1", "[1]#", "\u{FEFF}1", "\u{0}", "1\u{0}",
    ]

    /// Bytes that are not UTF-8, each to stand in a string.
    static let invalidUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xFF], [0xFE], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80],
        [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
        [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x28], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80],
        [0xF8, 0x88, 0x80, 0x80, 0x80],
    ]

    @Test("a valid text is parsed, and minified to the same text without whitespace", arguments: valid)
    func acceptsValidText(text: String, compact: String) throws {
        _ = try JSONValue(parsing: text)
        #expect(try JSONText.minified(Array(text.utf8)) == Array(compact.utf8))
    }

    @Test("an invalid text is rejected, by parsing and by minifying with the same error", arguments: invalid)
    func refusesInvalidText(text: String) {
        let parsing = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        let minifying = #expect(throws: JSONError.self) { try JSONText.minified(Array(text.utf8)) }
        #expect(parsing == minifying)
    }

    @Test("bytes that are not UTF-8 are rejected everywhere in a string", arguments: invalidUTF8)
    func refusesInvalidUTF8(bytes: [UInt8]) {
        for padding in 0..<10 {
            let plain = Array(repeating: UInt8(ascii: "x"), count: padding)
            for text in [
                [0x22] + plain + bytes + [0x22], [0x22] + plain + bytes, [0x22] + plain + bytes + plain + [0x22],
            ] {
                #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
                #expect(throws: JSONError.self) { try JSONText.minified(text) }
            }
        }
    }

    @Test("a special byte is found at every position of a word", arguments: ["\"", "\\", "\u{1F}", "é"])
    func findsSpecialBytes(special: String) throws {
        for padding in 0..<20 {
            let before = String(repeating: "!", count: padding)
            let escaped = special == "é" ? "é" : special == "\u{1F}" ? "\\u001F" : "\\" + special
            for after in ["", "0123456789"] {
                let value = try JSONValue(parsing: "\"\(before)\(escaped)\(after)\"")
                #expect(value == .string(before + special + after))
                let raw = try? JSONValue(parsing: "\"\(before)\(special)\(after)\"")
                #expect(raw == (special == "é" ? Optional(value) : Optional.none))
            }
        }
    }

    @Test("nesting up to the limit is accepted and one level more is rejected", arguments: [0, 1, 2, 64, 512])
    func boundsDepth(maximum: Int) throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ depth: Int) -> String {
                String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            }
            _ = try JSONValue(parsing: nested(maximum), maximumDepth: maximum)
            _ = try JSONText.minified(Array(nested(maximum).utf8), maximumDepth: maximum)
            let error = #expect(throws: JSONError.self) {
                try JSONValue(parsing: nested(maximum + 1), maximumDepth: maximum)
            }
            #expect(error?.message == "arrays and objects are nested deeper than the limit of \(maximum)")
            #expect(error?.offset == maximum * open.utf8.count)
            let minifying = #expect(throws: JSONError.self) {
                try JSONText.minified(Array(nested(maximum + 1).utf8), maximumDepth: maximum)
            }
            #expect(minifying == error)
        }
    }

    @Test("a million opening brackets are rejected without recursion")
    func refusesDeepTextEarly() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(throws: JSONError.self) { try JSONText.minified(text) }
    }
}
