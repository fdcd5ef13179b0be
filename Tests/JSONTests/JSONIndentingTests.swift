import JSON
import TestSupport
import Testing

@Suite struct JSONIndentingTests {
    @Test("a member or element has a line, two spaces a level, and empty ones stay together", arguments: [
        ("1", "1"), ("[]", "[]"), ("{}", "{}"), ("[[],{}]", "[\n  [],\n  {}\n]"),
        (#"{"a":1,"b":[2,{"c":null}]}"#, "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    {\n      \"c\": null\n    }\n  ]\n}"),
        (#"["{[,:\"\\"]"#, "[\n  \"{[,:\\\"\\\\\"\n]"),
    ])
    func layout(text: String, expected: String) {
        #expect(String(decoding: JSONText.indented(Array(text.utf8)), as: UTF8.self) == expected)
    }

    @Test("what is laid out means the same", arguments: SeededGenerator.seeds)
    func meaning(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let text = RandomJSON.value(depth: 4, using: &random).bytes
            #expect(try JSONText.minified(JSONText.indented(text)) == text)
        }
    }
}
