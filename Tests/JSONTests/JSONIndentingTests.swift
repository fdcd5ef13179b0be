import JSON
import TestSupport
import Testing

@Suite struct JSONIndentingTests {
    @Test("the output of a deeply nested text exceeds the limit by at most one indent")
    func limit() {
        let depth = 60
        let nested = Array(
            (String(repeating: "[", count: depth) + String(repeating: "[],", count: 5000) + "1"
                + String(repeating: "]", count: depth)).utf8)
        let whole = JSONText.indented(nested)
        #expect(whole.count > 30 * nested.count)
        let beginning = JSONText.indented(nested, limit: 10_000)
        #expect((10_001...10_002 + 2 * depth).contains(beginning.count))
        #expect(whole.starts(with: beginning))
        #expect(JSONText.indented(nested, limit: whole.count) == whole)
    }

    @Test(
        "each member or element has a line with two spaces for each level, and empty ones stay on their line",
        arguments: [
            ("1", "1"), ("[]", "[]"), ("{}", "{}"), ("[[],{}]", "[\n  [],\n  {}\n]"),
            (
                #"{"a":1,"b":[2,{"c":null}]}"#,
                "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    {\n      \"c\": null\n    }\n  ]\n}"
            ),
            (#"["{[,:\"\\"]"#, "[\n  \"{[,:\\\"\\\\\"\n]"),
        ])
    func layout(text: String, expected: String) {
        #expect(String(decoding: JSONText.indented(Array(text.utf8)), as: UTF8.self) == expected)
    }

    @Test("an indented text has the same value", arguments: SeededGenerator.seeds)
    func meaning(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let text = RandomJSON.value(depth: 4, using: &random).bytes
            #expect(try JSONText.minified(JSONText.indented(text)) == text)
        }
    }
}
