import EventLog
import JSON
import TestSupport

@testable import KeyedRows

/// A collection that changes at random, with many equal values, values of every kind and few keys, so that every
/// coincidence occurs.
struct QuerySample {
    static let fields = ["a", "b", "c", "d"]
    /// Fields a and b have an index.
    static let indexes = ["a", "b"]

    private(set) var state: CollectionState
    private var random: SeededGenerator
    private var offset: UInt64 = 0
    private let keys: Int

    /// The values of a field, from small to great.
    static let values: [JSONValue?] = [
        nil, .some(nil), false, true, -3, 1, .number(JSONNumber(1.5)!), 2, 12, "", "1", "12", "a", "b", "true", "é",
        [1], ["x": 1],
    ]

    init(seed: UInt64, keys: Int) {
        random = SeededGenerator(seed: seed)
        self.keys = keys
        state = CollectionState(
            RowLayout(name: "sample", fields: Self.fields, indexes: Self.indexes),
            changes: ChangeList(completeAfter: .start))
    }

    /// Makes, changes, deletes or touches one row.
    mutating func change() {
        offset += 1
        guard let key = RowKey("k\(random.number(0...keys - 1))") else { preconditionFailure("a key is too long") }
        let old = state.row(key)
        var values = old.map { Array($0.values) } ?? Self.fields.map { _ in random.element(Self.values) }
        if random.chance(1, of: 4) {
            _ = state.update(key, at: Offset(offset)) { _ in nil }
            return
        }
        if !random.chance(1, of: 8) { values[random.number(0...3)] = random.element(Self.values) }
        _ = state.update(key, at: Offset(offset)) { _ in RowValues(values) }
    }

    /// Makes or replaces a row.
    mutating func put(_ key: String, _ values: [JSONValue?]) {
        offset += 1
        guard let key = RowKey(key) else { preconditionFailure("\(key) is no key") }
        _ = state.update(key, at: Offset(offset)) { _ in RowValues(values) }
    }

    mutating func delete(_ key: String) {
        offset += 1
        guard let row = RowKey(key).flatMap(state.row) else { preconditionFailure("there is no row \(key)") }
        _ = state.update(row.key, at: Offset(offset)) { _ in nil }
    }

    /// A query with at most three conditions and three sorted fields.
    mutating func query(limits: [Int?] = [nil, 0, 1, 2, 3, 7, 20]) -> RowQuery {
        let tests = (0..<random.element([0, 0, 1, 1, 1, 2, 3])).map { _ in
            RowFilter.Test(random.element(Self.fields), condition())
        }
        let names = Self.fields.shuffled(using: &random).prefix(random.element([0, 0, 1, 1, 2, 3]))
        let sort = names.map { RowSort.Field($0, descends: random.chance(1, of: 2)) }
        return RowQuery(filter: RowFilter(tests), sort: RowSort(sort), limit: random.element(limits))
    }

    private mutating func condition() -> RowFilter.Condition {
        let value = random.element(Self.values.compactMap(\.self))
        switch random.number(0...6) {
        case 0: return .not(value)
        case 1: return .less(value)
        case 2: return .lessOrEqual(value)
        case 3: return .greater(value)
        case 4: return .greaterOrEqual(value)
        case 5: return .isIn((0..<random.number(1...5)).map { _ in random.element(Self.values.compactMap(\.self)) })
        default: return .equals(value)
        }
    }

    mutating func random<Element>(_ elements: [Element]) -> Element { random.element(elements) }
}

extension SeededGenerator {
    mutating func element<Element>(_ elements: [Element]) -> Element { elements[number(0...elements.count - 1)] }
}

/// The rows of a query as a plain reading of its meaning gives them: no indexes, no places, no intervals.
enum PlainQuery {
    static func rows(_ query: RowQuery, _ state: CollectionState) -> [Row] {
        var rows: [Row] = []
        state.visitRows { row in
            rows.append(row)
            return true
        }
        let sorted = query.sort.fields.map { (QuerySample.fields.firstIndex(of: $0.name)!, $0.descends) }
        return rows.filter { row in query.filter.tests.allSatisfy { matches($0, row) } }
            .map { row in (row, sorted.map { place(row.values[$0]) * ($1 ? -1 : 1) }, Array(row.key.text.utf8)) }
            .sorted { $0.1 == $1.1 ? $0.2.lexicographicallyPrecedes($1.2) : $0.1.lexicographicallyPrecedes($1.1) }
            .map(\.0)
    }

    private static func matches(_ test: RowFilter.Test, _ row: Row) -> Bool {
        let value = row.values[QuerySample.fields.firstIndex(of: test.field)!]
        switch test.condition {
        case .equals(let operand): return areEqual(value, operand)
        case .not(let operand): return !areEqual(value, operand)
        case .less(let operand): return order(value, operand).map { $0 < 0 } ?? false
        case .lessOrEqual(let operand): return order(value, operand).map { $0 <= 0 } ?? false
        case .greater(let operand): return order(value, operand).map { $0 > 0 } ?? false
        case .greaterOrEqual(let operand): return order(value, operand).map { $0 >= 0 } ?? false
        case .isIn(let operands): return operands.contains { areEqual(value, $0) }
        }
    }

    private static func areEqual(_ value: JSONValue?, _ operand: JSONValue) -> Bool {
        guard let value, value.array == nil, value.object == nil else { return false }
        if let number = value.number, let other = operand.number { return number.double == other.double }
        return value.text == operand.text
    }

    private static func order(_ value: JSONValue?, _ operand: JSONValue) -> Int? {
        if let number = value?.number?.double, let other = operand.number?.double {
            return number < other ? -1 : number == other ? 0 : 1
        }
        guard let text = value?.string, let other = operand.string else { return nil }
        if Array(text.utf8) == Array(other.utf8) { return 0 }
        return text.utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
    }

    private static let places = Dictionary(
        uniqueKeysWithValues: QuerySample.values.enumerated().map {
            ($1?.text, Double(min($0, QuerySample.values.count - 2)))
        })

    /// The values of the sample are listed in order, and the arrays and objects at its end are equal.
    private static func place(_ value: JSONValue?) -> Double {
        places[value?.text]!
    }
}
