import Inspection
import JSON
import Testing

@Suite("differences of JSON")
struct JSONChangeTests {
    @Test(
        "are found by path",
        arguments: [
            ("1", "1.0", []), ("1", "2", [": 1 → 2"]), (#"{"a":1}"#, #"{"a":1}"#, []),
            (#"{"a":1,"b":2}"#, #"{"b":2,"c":3}"#, ["a: 1 → -", "c: - → 3"]),
            (#"{"a":null}"#, "{}", ["a: null → -"]), (#"{"a":[1,2]}"#, #"{"a":[1,3]}"#, ["a: [1,2] → [1,3]"]),
            (#"[{"id":1,"x":1},{"id":"1","x":2}]"#, #"[{"id":"1","x":2},{"id":1,"x":3}]"#, ["[id=1].x: 1 → 3"]),
            (#"[{"id":1},{"id":1}]"#, #"[{"id":1},{"id":2}]"#, ["[1].id: 1 → 2"]),
            (#"[{"x":1},2]"#, #"[{"x":1}]"#, ["[1]: 2 → -"]),
            (#"[[1],[2]]"#, #"[[1],[3],[4]]"#, ["[1]: [2] → [3]", "[2]: - → [4]"]),
            (#"{"a.b":{"c d":1}}"#, #"{"a.b":{"c d":2}}"#, [#""a.b"."c d": 1 → 2"#]),
            (#"{"a":[]}"#, #"{"a":{}}"#, ["a: [] → {}"]),
            (#"{"a":[]}"#, #"{"a":[{"id":7}]}"#, [#"a[id=7]: - → {"id":7}"#]),
        ] as [(String, String, [String])])
    func paths(_ before: String, _ after: String, _ expected: [String]) throws {
        let changes = JSONChange.between(try JSONValue(parsing: before), try JSONValue(parsing: after))
        #expect(changes.map { "\($0.path): \($0.before?.text ?? "-") → \($0.after?.text ?? "-")" } == expected)
    }

    @Test("have a kind")
    func kinds() throws {
        let changes = JSONChange.between(
            try JSONValue(parsing: #"{"a":1,"b":2}"#), try JSONValue(parsing: #"{"a":2,"c":3}"#))
        #expect(changes.map(\.kind) == [.changed, .removed, .added])
    }
}
