package import JSON

/// Conditions on the fields of a row, all of which must hold.
///
/// Two filters are equal when they match the same rows for the same reasons: the order of the tests, the order of the
/// values of `in` and the spelling of a number do not matter.
package struct RowFilter: Sendable {
    /// A condition on one field.
    ///
    /// Operands are text, numbers, booleans and null. `equals` and `isIn` compare numbers by value and text by bytes.
    /// `not` is the opposite of `equals`, and also matches a missing field. The order comparisons match values of the
    /// kind of the operand only: numbers with numbers, text with text; other operands match no row.
    package enum Condition: Sendable {
        case equals(JSONValue)
        case not(JSONValue)
        case less(JSONValue), lessOrEqual(JSONValue), greater(JSONValue), greaterOrEqual(JSONValue)
        case isIn([JSONValue])
    }

    /// A field and its condition.
    package struct Test: Sendable, Hashable {
        package var field: String
        package var condition: Condition
        package init(_ field: String, _ condition: Condition) { (self.field, self.condition) = (field, condition) }
        package static func == (left: Test, right: Test) -> Bool {
            left.field.hasSameBytes(as: right.field) && left.condition == right.condition
        }
    }

    /// The most tests of a filter that is read from a definition or from parameters.
    package static let maximumTests = 16
    /// The most values of `in`.
    package static let maximumValues = 100
    /// The longest value of a condition, in bytes.
    package static let maximumValueBytes = 1024
    package var tests: [Test]
    package init(_ tests: [Test]) { self.tests = tests }
    package static let all = RowFilter([])

    /// The first field that is not among `fields`.
    package func unknownField(among fields: [String]) -> String? {
        tests.map(\.field).first { name in !fields.contains { $0.hasSameBytes(as: name) } }
    }

    /// Whether all tests hold for a row. A field that the collection does not have is a missing one.
    package func matches(_ row: Row, of state: CollectionState) -> Bool { RowMatcher(self, state).matches(row) }
}

extension RowFilter: Hashable {
    package static func == (left: RowFilter, right: RowFilter) -> Bool { Set(left.tests) == Set(right.tests) }
    package func hash(into hasher: inout Hasher) { hasher.combine(Set(tests)) }
}

extension RowFilter.Condition: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.values == right.values }
    package func hash(into hasher: inout Hasher) { hasher.combine(values) }

    /// The values that match.
    var values: MatchingValues {
        switch self {
        case .equals(let value): MatchingValues([.point(value)])
        case .not(let value): MatchingValues([.point(value)], isNegated: true)
        case .less(let value): MatchingValues([.below(value, isIncluded: false)])
        case .lessOrEqual(let value): MatchingValues([.below(value, isIncluded: true)])
        case .greater(let value): MatchingValues([.above(value, isIncluded: false)])
        case .greaterOrEqual(let value): MatchingValues([.above(value, isIncluded: true)])
        case .isIn(let values): MatchingValues(values.map(ValueInterval.point))
        }
    }
}

extension RowFilter {
    /// What a condition does with its operand, as definitions and queries write it.
    package enum Comparison: String, Sendable, CaseIterable {
        case equals = ""
        case not
        case less = "lt"
        case lessOrEqual = "lte"
        case greater = "gt"
        case greaterOrEqual = "gte"
        case isIn = "in"

        /// The names, for messages; `equals` has none.
        static let names: String = {
            let names = allCases.map(\.rawValue).filter { !$0.isEmpty }
            return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        }()

        /// The condition with one operand.
        func condition(_ value: JSONValue) -> Condition {
            switch self {
            case .equals: .equals(value)
            case .not: .not(value)
            case .less: .less(value)
            case .lessOrEqual: .lessOrEqual(value)
            case .greater: .greater(value)
            case .greaterOrEqual: .greaterOrEqual(value)
            case .isIn: .isIn([value])
            }
        }

        /// Whether this compares the order of values, so that operands are numbers and text only.
        var isOrder: Bool {
            switch self {
            case .less, .lessOrEqual, .greater, .greaterOrEqual: true
            case .equals, .not, .isIn: false
            }
        }
    }
}
