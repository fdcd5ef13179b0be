import JSON
import Testing

@Suite("Elements of a JSON array as text")
struct JSONElementTests {
    private static func elements(_ text: String, limit: Int = .max, depth: Int = 64) throws -> [String] {
        var elements: [String] = []
        try Array(text.utf8).withUnsafeBytes { bytes in
            try JSONText.visitElements(of: bytes, maximumDepth: depth) { element in
                elements.append(String(decoding: element, as: UTF8.self))
                return elements.count < limit
            }
        }
        return elements
    }

    @Test(
        "are visited in order, as they were written, without whitespace",
        arguments: [
            ("[]", []), (" [ ] ", []), ("[1]", ["1"]),
            (
                #"[ 1.50 , {"a" : 1,"a":[ ]} ,"\u00e9 , ]" ,null]"#,
                ["1.50", #"{"a":1,"a":[]}"#, #""\u00e9 , ]""#, "null"]
            ),
        ])
    func inOrder(_ text: String, _ expected: [String]) throws {
        #expect(try Self.elements(text) == expected)
    }

    @Test("end when the visitor returns false, whatever follows")
    func enough() throws {
        #expect(try Self.elements("[1,2,nonsense", limit: 2) == ["1", "2"])
    }

    @Test(
        "of a text that is not an array are an error with its position",
        arguments: [
            ("{}", 1), ("", 1), ("[", 2), ("[1", 3), ("[1,]", 3), ("[1 2]", 4), ("[1] 2", 5), ("[01]", 3),
            ("[[[]]]", 3),
        ])
    func faults(_ text: String, _ column: Int) {
        let error = #expect(throws: JSONError.self) { try Self.elements(text, depth: 1) }
        #expect(error?.column == column, "\(String(describing: error))")
    }
}
