import JSON
import TestSupport
import Testing

@Suite("Members of a JSON object as text")
struct JSONMemberTests {
    private static func members(_ text: String) throws -> [(String, String)] {
        var members: [(String, String)] = []
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBytes { bytes in
            try JSONText.visitMembers(of: bytes) { members.append(($0.key, String(decoding: $0.value, as: UTF8.self))) }
        }
        return members
    }

    @Test(
        "are visited in order, repeated ones too, without insignificant whitespace",
        arguments: [
            ("{}", []), (" { } ", []), (#"{"a":1}"#, ["a=1"]),
            (
                " {\t\"a\" : [ 1 , {\"b\": \" x \" } ] ,\n\"\\u0061\":null , \"\":true}\r",
                [#"a=[1,{"b":" x "}]"#, "a=null", "=true"]
            ),
        ])
    func visited(text: String, members: [String]) throws {
        #expect(try Self.members(text).map { "\($0)=\($1)" } == members)
    }

    @Test(
        "errors have their position",
        arguments: [
            ("[1]", "line 1, column 1: expected an object, found '['"),
            ("", "line 1, column 1: expected an object, found the end of the text"),
            (#"{"a":1,}"#, "line 1, column 7: nothing follows this comma before '}'; remove the comma"),
            (#"{"a":1"#, "line 1, column 7: expected ',' or '}', found the end of the text"),
            (#"{"a" 1}"#, "line 1, column 6: expected ':' after the key, found '1'"),
            (#"{"a":tru}"#, "line 1, column 6: expected a value, found 't'; write texts in double quotes"),
            (#"{"a":1} x"#, "line 1, column 9: expected the end of the text, found 'x'"),
            (#"{"a":[1,]}"#, "line 1, column 8: nothing follows this comma before ']'; remove the comma"),
        ])
    func faults(text: String, description: String) {
        let error = #expect(throws: JSONError.self) { try Self.members(text) }
        #expect(error?.description == description)
    }

    @Test(
        "strings are decoded, and other kinds are nil",
        arguments: [
            (#""plain""#, "plain"), (#""""#, ""), (#""a\"\\\u00e9\ud83d\ude00""#, "a\"\\é😀"), ("null", nil), ("1", nil),
            (#"["x"]"#, nil),
        ] as [(String, String?)])
    func strings(value: String, text: String?) throws {
        var found: String??
        try Array(#"{"k":\#(value)}"#.utf8).withUnsafeBytes { bytes in
            try JSONText.visitMembers(of: bytes) { found = .some($0.string) }
        }
        #expect(found == .some(text))
    }

    @Test("are what parsing gives, for any object", arguments: SeededGenerator.seeds)
    func parsed(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let object = JSONObject(
                (0..<random.number(0...6)).map { ("k\($0)", RandomJSON.value(depth: 3, using: &random)) })
            let members = try Self.members(JSONValue.object(object).text)
            #expect(members.map(\.0) == object.entries.map(\.key))
            #expect(members.map(\.1) == object.entries.map(\.value.text))
        }
    }

    @Test("nesting is limited in each member, as in a separate text")
    func depth() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try Self.members(#"{"a":\#(deepest)}"#).count == 1)
        #expect(throws: JSONError.self) { try Self.members(#"{"a":[\#(deepest)]}"#) }
    }
}
