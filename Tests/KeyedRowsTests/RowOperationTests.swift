import EventLog
import JSON
import Testing

@testable import KeyedRows

@Suite("Operations on rows")
struct RowOperationTests {
    private static let value = [FieldValue("f", .data(["v"]))]
    private static let long = String(repeating: "1", count: 35)

    /// An operation, the values of the events in turn (each `{"v":…}`), the row, and how often the operation was skipped.
    @Test(
        "each operation changes a row as documented",
        arguments: [
            (.put(value), ["1", "[1,{\"a\":null}]"], #"{"f":[1,{"a":null}]}"#, 0),
            (.put(value), ["null"], #"{"f":null}"#, 0),
            (.set(value), ["1", "null"], "{}", 0),
            (.set(value), [#"{"a":{"b":1,"c":2}}"#, #"{"a":{"b":null},"d":[1]}"#], #"{"f":{"a":{"c":2},"d":[1]}}"#, 0),
            (.set(value), ["[1]", #"{"a":null,"b":{"c":null}}"#], #"{"f":{"b":{}}}"#, 0),
            (.add(value), ["0.1", "0.20", "-1e0"], #"{"f":-0.7}"#, 0),
            (.add(value), ["1.50", "\"2\"", "null", "true"], #"{"f":1.5}"#, 3),
            (.add(value), [long, "1e34", "0.1"], #"{"f":10000000000000000000000000000000000}"#, 2),
            (.count(["f", "g"]), ["0", "0"], #"{"f":2,"g":2}"#, 0),
            (.min(value), ["3", "\"a\"", "2.0", "2"], #"{"f":2.0}"#, 0),
            (.min(value), ["3", "null", "[]"], #"{"f":3}"#, 2),
            (.max(value), ["3", "20", "\"a\"", "true"], #"{"f":"a"}"#, 0),
            (.push(value, keep: 2), ["1", "[2]", "null"], #"{"f":[[2],null]}"#, 0),
            (.unset(["f"]), ["1"], "{}", 0),
        ] as [(RowOperation, [String], String, Int)])
    func operation(_ operation: RowOperation, values: [String], row: String, skipped: Int) throws {
        let projection = things(["changed": [operation]])
        let state = try projection.folded(values.map { event("things/7", "changed", "{\"v\":\($0)}") })
        let counts = skipped > 0 ? "\"changed \(operation.name)\":\(skipped)" : ""
        #expect(projection.text(state) == #"{"rows":{"7":\#(row)},"startedAfter":0,"skipped":{\#(counts)}}"#)
    }

    @Test("the operations of an event are applied in the order of the grammar, whatever the definition's order")
    func order() throws {
        let operations: [RowOperation] = [
            .unset(["gone"]), .push([FieldValue("list", .constant(3))], keep: 5), .max([FieldValue("n", .constant(4))]),
            .min([FieldValue("n", .constant(10))]), .count(["n"]), .add([FieldValue("n", .constant(10))]),
            .set([FieldValue("n", .constant(2)), FieldValue("gone", .constant(1))]),
            .put([FieldValue("p", .constant(1))]),
        ]
        let projection = things(["changed": operations])
        let state = try projection.folded([event("things/7", "changed")])
        let row = try #require(state.root.row(try key("7")))
        #expect(JSONValue.object(state.root.object(row)) == ["p": 1, "n": 10, "list": [3]])
        let deleting = things(["changed": [.delete] + operations])
        #expect(try deleting.folded([event("things/7", "changed")]).root.count == 0)
    }

    @Test("an event is folded by the operations of its type's bytes, and another Unicode form is another definition")
    func forms() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let both = things([ExactText(composed): [.count(["a"])], ExactText(decomposed): [.count(["b"])]])
        let state = try both.folded([composed, decomposed, decomposed].map { event("things/7", $0) })
        #expect(JSONValue.object(state.root.object(try #require(state.root.row(try key("7"))))) == ["a": 1, "b": 2])
        let single = [composed, decomposed].map { things([ExactText($0): [.count(["a"])]]).definition }
        #expect(single[0] != single[1])
        #expect(single[0] == single[0])
    }

    @Test("the fields that an event puts precede all others, and both have the order of the types")
    func fields() throws {
        let value = ValueExpression.constant(1)
        let projection = things([
            "a": [.set([FieldValue("total", value), FieldValue("paid", value)])],
            "c": [.count(["times"]), .put([FieldValue("name", value), FieldValue("total", value)])],
            "b": [.put([FieldValue("note", value), FieldValue("name", value)])],
        ])
        let fields = ["note", "name", "total", "paid", "times"]
        #expect(projection.initial.root.fields == fields)
        let state = try projection.folded(["c", "a"].map { event("things/7", $0) })
        let row = try #require(state.root.row(try key("7")))
        #expect(state.root.object(row).keys.map { $0 } == ["name", "total", "paid", "times"])
    }

    private func key(_ text: String) throws -> RowKey { try #require(RowKey(text)) }

    @Test("a deletion removes the row, and a deletion of a missing row does nothing")
    func deletion() throws {
        let projection = things(["made": [.put(Self.value)], "deleted": [.delete]], indexes: ["f"])
        let made = event("things/7", "made", #"{"v":1}"#)
        let state = try projection.folded([event("things/8", "deleted"), made, event("things/7", "deleted")])
        #expect(state.root.count == 0 && state.root.lastChange == 3 && state.skipped.isEmpty)
        #expect(state.root.index(of: 0)?.count == 0)
        #expect(state.root.changedKeys(after: 2)?.map(\.text) == ["7"])
    }

    @Test("an event without a path or a key skips its operations and counts them")
    func skipped() throws {
        let projection = things(
            ["changed": [.set([FieldValue("f", .data(["v", "w"]))]), .count(["n"])]], key: .data(["key"]))
        let state = try projection.folded([
            event("things/7", "changed", #"{"key":"a","v":1}"#), event("things/7", "changed", #"{"v":{"w":1}}"#),
            event("things/7", "changed", #"{"key":true,"v":{"w":1}}"#), event("other/7", "changed"),
            event("things/7/8", "changed"), event("things/7", "change"), event("things/7", "changes"),
            NewEvent(topic: "things/7", type: "changed", data: .bytes([1])),
        ])
        #expect(state.skipped == ["changed set": 4, "changed count": 3])
        #expect(projection.text(state).hasPrefix(#"{"rows":{"a":{"n":1}}"#))
    }

    @Test(
        "values come from the event's data, topic, time, offset, id and source",
        arguments: [
            (.data([]), #"{"a":[{"b":"x"}],"1":2}"#), (.data(["a", "0", "b"]), "\"x\""), (.data(["1"]), "2"),
            (.topicLevel(0), "\"things\""), (.topicLevel(1), "\"7\""), (.time, "\"1970-01-01T00:00:00.000001Z\""),
            (.offset, "1"), (.id, "\"i\""), (.source, "\"s\""), (.constant("c"), "\"c\""), (.topicLevel(2), nil),
            (.data(["a", "1"]), nil), (.data(["a", "00"]), nil), (.data(["a", "-1"]), nil), (.data(["b"]), nil),
            (.data(["1", "x"]), nil),
        ] as [(ValueExpression, String?)])
    func values(_ expression: ValueExpression, value: String?) throws {
        let projection = things(["changed": [.put([FieldValue("f", expression)])]])
        let data = #"{"a":[{"b":"x"}],"1":2}"#
        let state = try projection.folded([event("things/7", "changed", data, id: "i", source: "s")])
        let row = RowKey("7").flatMap { state.root.row($0) }
        #expect(row?.values[0]?.text == value)
        #expect(state.skipped["changed put"] == (value == nil ? 1 : nil))
    }

    @Test("a missing id and source are missing values")
    func missingNames() throws {
        let projection = things(["changed": [.put([FieldValue("f", .id)]), .set([FieldValue("f", .source)])]])
        #expect(try projection.folded([event("things/7", "changed")]).skipped == ["changed put": 1, "changed set": 1])
    }

    @Test(
        "a key is text of 1 to 512 bytes, or a number in canonical form",
        arguments: [
            ("\"\"", nil), ("\"a b\"", "a b"), ("12.50", "12.5"), ("1e2", "100"), ("-0", "0"), ("true", nil),
            ("null", nil),
            ("[]", nil), (long, nil), ("\"\(String(repeating: "k", count: 512))\"", String(repeating: "k", count: 512)),
            ("\"\(String(repeating: "k", count: 513))\"", nil),
        ] as [(String, String?)])
    func keys(_ value: String, key: String?) throws {
        let projection = things(["changed": [.count(["n"])]], key: .data(["k"]))
        let state = try projection.folded([event("things/7", "changed", "{\"k\":\(value)}")])
        var keys: [String] = []
        state.root.visitRows {
            keys.append($0.key.text)
            return true
        }
        #expect(keys == [key].compactMap { $0 })
    }

    @Test("an array or object of 65,536 bytes fits a field, and one more byte does not", arguments: [0, 1])
    func nestedBound(extra: Int) throws {
        // `["` and `"]`, and two bytes for the escaped line feed.
        let text = String(repeating: "x", count: 65_536 - 6 + extra) + "\\n"
        for operation in [RowOperation.put(Self.value), .set(Self.value)] {
            let projection = things(["changed": [operation]])
            let state = try projection.folded([event("things/7", "changed", "{\"v\":[\"\(text)\"]}")])
            #expect(state.skipped.values.reduce(0, +) == extra)
            #expect(state.root.count == 1 - extra)
        }
        let pushing = things(["changed": [.push(Self.value, keep: 2)]])
        let state = try pushing.folded([event("things/7", "changed", "{\"v\":\"\(text)\"}")])
        #expect(state.root.count == 1 - extra)
    }

    @Test("an event that leaves the values of a row the same is no change, but other bytes of equal text are one")
    func unchanged() throws {
        let projection = things(["changed": [.put(Self.value)]])
        let values = ["\"é\"", "\"é\"", "\"e\u{301}\"", "\"e\u{301}\"", "1", "1", "1.0", "1.0"]
        var state = projection.initial
        var changes: [UInt64] = []
        for (index, value) in values.enumerated() {
            try projection.fold(
                [event("things/7", "changed", "{\"v\":\(value)}")], into: &state, after: Offset(UInt64(index)))
            changes.append(state.root.lastChange.rawValue)
        }
        #expect(changes == [1, 1, 3, 3, 5, 5, 7, 7])
    }
}
