import JSON
import Testing

@Suite("JSON errors")
struct JSONErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let description: String
        let offset: Int
        var testDescription: String { text }

        init(_ text: String, _ description: String, offset: Int) {
            self.text = text
            self.description = description
            self.offset = offset
        }
    }

    @Test(
        "an error says what was expected, what was found and where",
        arguments: [
            Case("", "line 1, column 1: expected a value, found the end of the text", offset: 0),
            Case(
                "[1,\n 2,\n x]", "line 3, column 2: expected a value, found 'x'; write texts in double quotes",
                offset: 9),
            Case("[1 2]", "line 1, column 4: expected ',' or ']', found '2'; write a comma before it", offset: 3),
            Case("{\"a\" 1}", "line 1, column 6: expected ':' after the key, found '1'", offset: 5),
            Case("{\"a\":1 ", "line 1, column 8: expected ',' or '}', found the end of the text", offset: 7),
            Case(
                "{a:1}", "line 1, column 2: expected a key in quotes, found 'a'; write the name in double quotes",
                offset: 1),
            Case("1 1", "line 1, column 3: expected the end of the text, found '1'", offset: 2),
            Case("-x", "line 1, column 2: expected a digit, found 'x'", offset: 1),
            Case("007", "line 1, column 2: a number must not begin with a zero before other digits", offset: 1),
            Case("\"ab", "line 1, column 4: expected '\"' to end the string, found the end of the text", offset: 3),
            Case(
                "\"é語\n\"", "line 1, column 4: the byte 0x0A must be escaped in a string, as \\u00XX",
                offset: 6),
            Case(
                #""\q""#, #"line 1, column 3: a backslash must be followed by one of " \ / b f n r t u, found 'q'"#,
                offset: 2),
            Case(
                #""\u12 4""#, #"line 1, column 6: expected four hexadecimal digits after \u, found a space"#, offset: 5),
            Case(
                #""x\uD800""#,
                #"line 1, column 3: the \u escape is half of a surrogate pair; a pair is \uD800…\uDBFF and then \uDC00…\uDFFF"#,
                offset: 2),
            Case(
                "\u{FEFF}{}", "line 1, column 1: the text begins with a byte order mark; send UTF-8 without one",
                offset: 0),
        ])
    func describes(_ testCase: Case) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: testCase.text) }
        #expect(error?.description == testCase.description)
        #expect(error?.offset == testCase.offset)
    }

    @Test(
        "the error of a frequent mistake says what to write, at the place of the mistake",
        arguments: [
            ("{\"a\": [1, 2,\n ]}", "line 1, column 12: nothing follows this comma before ']'; remove the comma"),
            ("{\n \"a\": 1,\n\n}", "line 2, column 8: nothing follows this comma before '}'; remove the comma"),
            ("[1,}", "line 1, column 3: nothing follows this comma before '}'; remove the comma"),
            ("{,}", "line 1, column 2: expected a key in quotes, found ','; remove the comma"),
            ("[1,,2]", "line 1, column 4: expected a value, found ','; remove the comma"),
            ("{},", "line 1, column 3: expected the end of the text, found ','; remove the comma"),
            ("{\"a\":,}", "line 1, column 6: expected a value, found ','"),
            ("{\"a\":}", "line 1, column 6: expected a value, found '}'"),
            ("{\"a\":1\n\"b\":2}", "line 2, column 1: expected ',' or '}', found '\"'; write a comma before it"),
            ("[{}{}]", "line 1, column 4: expected ',' or ']', found '{'; write a comma before it"),
            (
                "{'a':1}",
                "line 1, column 2: expected a key in quotes, found '''; write names and texts in double quotes"
            ),
            ("['a']", "line 1, column 2: expected a value, found '''; write names and texts in double quotes"),
            ("[“a”]", "line 1, column 2: expected a value, found the byte 0xE2; write straight double quotes"),
            ("{$a:1}", "line 1, column 2: expected a key in quotes, found '$'; write the name in double quotes"),
            ("// x\n{}", "line 1, column 1: expected a value, found '/'; JSON has no comments; remove this one"),
            (
                "{\"a\":1, /* x */}",
                "line 1, column 9: expected a key in quotes, found '/'; JSON has no comments; remove this one"
            ),
            (
                "{} # x",
                "line 1, column 4: expected the end of the text, found '#'; JSON has no comments; remove this one"
            ),
            ("[1 // x\n]", "line 1, column 4: expected ',' or ']', found '/'; JSON has no comments; remove this one"),
            ("[True]", "line 1, column 2: expected a value, found 'T'; write true in lower case"),
            ("[None]", "line 1, column 2: expected a value, found 'N'; write null"),
            ("[undefined]", "line 1, column 2: expected a value, found 'u'; write null"),
            ("[NaN]", "line 1, column 2: expected a value, found 'N'; JSON has no such number; write null"),
            ("[.5]", "line 1, column 2: expected a value, found '.'; write a 0 before the point"),
            ("[+5]", "line 1, column 2: expected a value, found '+'; write the number without a plus sign"),
            ("[1", "line 1, column 3: expected ',' or ']', found the end of the text"),
            ("[1,", "line 1, column 4: expected a value, found the end of the text"),
        ])
    func helps(text: String, description: String) {
        let error = #expect(throws: JSONError.self) { try JSONText.minified(Array(text.utf8)) }
        #expect(error?.description == description)
        let parsed = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(parsed == error)
    }

    @Test("a byte that is not UTF-8 is named")
    func namesInvalidByte() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0x61, 0xC0, 0x22]) }
        #expect(error?.description == "line 1, column 3: the byte 0xC0 is not valid UTF-8")
    }
}
