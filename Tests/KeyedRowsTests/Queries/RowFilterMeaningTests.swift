import JSON
import Testing

@testable import KeyedRows

@Suite("What conditions match") struct RowFilterMeaningTests {
    /// Values of fields, from small to great; nil is a missing one.
    private static let values: [JSONValue?] = [
        nil, .some(nil), false, true, -1, 0, 12, 13, "", "12", "a", "é", "e\u{301}", [], [1], ["a": 1],
    ]

    private func matched(_ condition: RowFilter.Condition) -> [JSONValue?] {
        Self.values.filter { condition.values.contains(SortValue($0)) }
    }

    @Test(
        "a condition matches values of the kind of its operand",
        arguments: [
            (.equals("a"), ["a"]),
            (.equals(12), [12]),
            (.equals(nil), [.some(nil)]),
            (.equals(true), [true]),
            (.equals("e\u{301}"), ["e\u{301}"]),
            (.equals([1]), []),
            (.isIn([0, "a", nil, 0]), [.some(nil), 0, "a"]),
            (.isIn([]), []),
            (.less(12), [-1, 0]),
            (.lessOrEqual(12), [-1, 0, 12]),
            (.greater(0), [12, 13]),
            (.greaterOrEqual(0), [0, 12, 13]),
            (.less("a"), ["", "12"]),
            (.lessOrEqual("a"), ["", "12", "a"]),
            (.greater("12"), ["a", "é", "e\u{301}"]),
            (.greaterOrEqual(""), ["", "12", "a", "é", "e\u{301}"]),
            (.less(""), []),
            (.less(true), []),
            (.greaterOrEqual(nil), []),
            (.less([]), []),
        ] as [(RowFilter.Condition, [JSONValue?])])
    func kinds(_ condition: RowFilter.Condition, _ expected: [JSONValue?]) {
        #expect(matched(condition).map(\.?.text) == expected.map(\.?.text))
    }

    @Test("not matches every other value and a missing field", arguments: ["a", 12, nil, true] as [JSONValue])
    func not(_ operand: JSONValue) {
        let others = Self.values.filter { $0?.text != operand.text }
        #expect(matched(.not(operand)).map(\.?.text) == others.map(\.?.text))
    }

    @Test("numbers are equal by value", arguments: ["12.0", "1.2e1", "120e-1"])
    func numbers(_ text: String) throws {
        let number = JSONValue.number(try #require(JSONNumber(text)))
        #expect(matched(.equals(number)) == [12])
        #expect(RowFilter.Condition.equals(number) == .equals(12))
    }

    @Test("filters are equal when they match the same rows, however they are written")
    func equality() {
        let first = RowFilter([.init("a", .isIn([1, "x"])), .init("b", .equals(2))])
        let second = RowFilter([.init("b", .isIn([2])), .init("a", .isIn(["x", 1, 1])), .init("b", .equals(2))])
        #expect(first == second)
        #expect(first.hashValue == second.hashValue)
        #expect(RowFilter([.init("a", .equals("é"))]) != RowFilter([.init("a", .equals("e\u{301}"))]))
        #expect(RowFilter([.init("a", .equals(1))]) != RowFilter([.init("a", .not(1))]))
        #expect(RowFilter([.init("a", .less(1))]) != RowFilter([.init("a", .lessOrEqual(1))]))
        #expect(RowFilter([.init("a", .less(1))]) != .all)
    }
}
