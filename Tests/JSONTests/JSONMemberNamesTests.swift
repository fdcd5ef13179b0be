import Testing

@testable import JSON

@Suite("Lookup of members in text")
struct JSONMemberNamesTests {
    @Test(
        "the last member with the bytes of a name is found, and nothing else",
        arguments: [
            (#"{"a":1,"b":"x"}"#, ["1", "\"x\""]),
            (#"{"b":[1,{"a":2}],"c":{"a":3}}"#, [nil, #"[1,{"a":2}]"#]),
            (#"{"a":1,"a":2}"#, ["2", nil]),
            (#"{"\u0061":null,"b":true}"#, ["null", "true"]),
            (#"{"aa":1,"":2}"#, [nil, nil]),
            ("{}", [nil, nil]),
        ] as [(String, [String?])])
    func find(text: String, expected: [String?]) {
        #expect(Self.find(text) == expected)
    }

    @Test(
        "text that is not an object has no members", arguments: ["[]", "1", "", #"{"a":1"#, #"{"a":}"#, #"{"a":1}x"#])
    func refuse(text: String) {
        #expect(Self.find(text) == nil)
    }

    /// The texts of the members `a` and `b`; nil when the text is not an object.
    private static func find(_ text: String) -> [String?]? {
        var names = JSONMemberNames()
        #expect([names.index(of: "a"), names.index(of: "b"), names.index(of: "a")] == [0, 1, 0])
        return Array(text.utf8).withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: names.count) { members in
                members.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
                guard names.find(in: bytes, members) else { return nil }
                return members.map { $0.baseAddress == nil ? nil : String(decoding: $0, as: UTF8.self) }
            }
        }
    }
}
