import JSON
import Testing

@Suite("JSON values")
struct JSONValueTests {
    static let sample: JSONValue = [
        "text": "a", "number": 7, "flag": true, "none": nil, "list": [1, "b"], "object": ["x": 1],
    ]

    @Test("literals and accessors agree")
    func accessors() {
        #expect(Self.sample["text"]?.string == "a")
        #expect(Self.sample["number"]?.int == 7)
        #expect(Self.sample["flag"]?.bool == true)
        #expect(Self.sample["none"]?.isNull == true)
        #expect(Self.sample["list"]?.array == [1, "b"])
        #expect(Self.sample["object"]?["x"]?.number?.text == "1")
        #expect(Self.sample["text"]?.int == nil)
        #expect(Self.sample["list"]?["x"] == nil)
        #expect(Self.sample["absent"] == nil)
    }

    @Test("a value is written compactly, in the order of its members")
    func writes() {
        #expect(Self.sample.text == #"{"text":"a","number":7,"flag":true,"none":null,"list":[1,"b"],"object":{"x":1}}"#)
        #expect(JSONValue.array([[], [:]]).text == "[[],{}]")
    }

    @Test("every initializer gives the same value")
    func waysIn() throws {
        let bytes = Self.sample.bytes
        #expect(try JSONValue(parsing: bytes) == Self.sample)
        #expect(try JSONValue(parsing: Self.sample.text) == Self.sample)
        #expect(try JSONValue(parsing: bytes.span.bytes) == Self.sample)
        let fromBuffer = try bytes.withUnsafeBytes { buffer in try JSONValue(parsing: buffer) }
        #expect(fromBuffer == Self.sample)
    }

    @Test(
        "escapes are decoded, and written only where needed",
        arguments: [
            (#""\u0041\u00e9\u8a9e\ud83d\ude00""#, "Aé語😀", "\"Aé語😀\""),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t", #""\"\\/\b\f\n\r\t""#),
            (#""\u0000\u001f\u007f""#, "\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001f\u{7F}\""),
            (#""before\u2028after\u2029""#, "before\u{2028}after\u{2029}", "\"before\u{2028}after\u{2029}\""),
            (#""\ud800\udc00\udbff\udfff""#, "\u{10000}\u{10FFFF}", "\"\u{10000}\u{10FFFF}\""),
        ])
    func escapes(text: String, decoded: String, written: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value == .string(decoded))
        #expect(value.text == written)
    }

    @Test("minifying a text without whitespace changes nothing")
    func minifiesInPlace() throws {
        let bytes = Self.sample.bytes
        #expect(try JSONText.minified(bytes) == bytes)
    }
}
