import JSON
import Testing
@testable import BitacoraServer

@Suite struct StateDifferenceTests {
    private func lines(_ before: String, _ after: String) throws -> [String] {
        StateDifference(from: try JSONValue(parsing: before), to: try JSONValue(parsing: after)).changes.map {
            "\($0.kind) \($0.path) \($0.before.text) \($0.after.text)"
        }
    }

    @Test("each change is told by its path", arguments: [
        ("{}", "{}", []), (#"{"a":1}"#, #"{"a":2}"#, ["changed a 1 2"]), (#"{"a":1}"#, #"{"b":1}"#, ["removed a 1 null", "added b null 1"]),
        (#"{"a":{"b":[1,2]}}"#, #"{"a":{"b":[1,3,4]}}"#, ["changed a.b[1] 2 3", "added a.b[2] null 4"]),
        (#"{"p":[{"id":1,"x":1},{"id":2,"x":2}]}"#, #"{"p":[{"id":2,"x":5},{"id":3}]}"#,
            [#"removed p[1] {"id":1,"x":1} null"#, "changed p[2].x 2 5", #"added p[3] null {"id":3}"#]),
        (#"{"p":[{"id":1},{"id":1}]}"#, #"{"p":[{"id":1}]}"#, [#"removed p[1] {"id":1} null"#]),
        (#"{"a":[]}"#, #"{"a":{}}"#, ["changed a [] {}"]), ("1", "2", ["changed  1 2"]),
    ])
    func paths(before: String, after: String, expected: [String]) throws {
        #expect(try lines(before, after) == expected)
    }

    @Test("of many changes the first are told, and all counted")
    func bounded() throws {
        let before = JSONValue.array((0..<500).map { .number(JSONNumber($0)) })
        let difference = StateDifference(from: before, to: .array((0..<500).map { .number(JSONNumber($0 + 1)) }))
        #expect((difference.changes.count, difference.count) == (StateDifference.maximumChanges, 500))
    }
}
