import EventLog
import JSON

@testable import KeyedRows

/// The model of a fold: dictionaries, and groups that are made again after each event.
struct PlainFold {
    private let definition: CollectionDefinition
    private var rows: [[UInt8]: [String: JSONValue]] = [:]
    private var history: [String: [(key: [UInt8], offset: Offset)]] = [:]
    private(set) var contents: [String: [[UInt8]: PlainRow]] = [:]
    private(set) var skipped: [String: Int] = [:]

    init(_ definition: CollectionDefinition) {
        self.definition = definition
        for name in definition.names { contents[name] = [:] }
    }

    func changed(_ name: String, after offset: Offset) -> Set<[UInt8]> {
        Set((history[name] ?? []).filter { $0.offset > offset }.map(\.key))
    }

    mutating func apply(_ event: NewEvent, at offset: Offset) {
        guard let operations = definition.operations[event.type] else { return }
        let order = ["put", "set", "add", "count", "min", "max", "push", "unset", "delete"]
        let sorted = order.flatMap { name in operations.filter { $0.name == name } }
        guard let key = key(value(definition.key, event, offset), booleans: false) else {
            for operation in sorted { skipped["\(event.type) \(operation.name)", default: 0] += 1 }
            return
        }
        for operation in sorted {
            var row = rows[key]
            if apply(operation, to: &row, event, offset) {
                rows[key] = row
            } else {
                skipped["\(event.type) \(operation.name)", default: 0] += 1
            }
        }
        record(definition.name, rows, offset)
        for group in definition.groups { record(group, of: rows, offset) }
    }

    private func data(_ event: NewEvent) -> JSONValue? {
        if case .json(let bytes) = event.data { try? JSONValue(parsing: bytes) } else { nil }
    }

    private func value(_ expression: ValueExpression, _ event: NewEvent, _ offset: Offset) -> JSONValue? {
        switch expression {
        case .data(let names): names.reduce(data(event)) { $0?[$1] }
        case .topicLevel(let level): .string(event.topic.split(separator: "/").map(String.init)[level])
        case .constant(let value): value
        case .offset: .number(JSONNumber(offset.rawValue))
        case .time, .id, .source: nil
        }
    }

    private func key(_ value: JSONValue?, booleans: Bool) -> [UInt8]? {
        switch value {
        case .string(let text): text.isEmpty ? nil : text.bytes
        case .number(let number): ExactDecimal(number)?.number.text.bytes
        case .bool(let value): booleans ? "\(value)".bytes : nil
        default: nil
        }
    }

    private func apply(
        _ operation: RowOperation, to row: inout [String: JSONValue]?, _ event: NewEvent, _ offset: Offset
    ) -> Bool {
        var new = row ?? [:]
        func each(_ values: [FieldValue], _ body: (inout JSONValue?, JSONValue) -> Bool) -> Bool {
            for assignment in values {
                guard let value = value(assignment.value, event, offset), body(&new[assignment.field], value) else {
                    return false
                }
            }
            return true
        }
        func compares(_ value: JSONValue?) -> Bool {
            value?.number != nil || value?.string != nil || value?.bool != nil
        }
        func replaces(_ old: inout JSONValue?, _ value: JSONValue, _ isBetter: (SortValue, SortValue) -> Bool) -> Bool {
            let isMissing = old == nil || old == .null
            guard compares(value), isMissing || compares(old) else { return false }
            if isMissing || isBetter(SortValue(value), SortValue(old)) { old = value }
            return true
        }
        func add(_ old: inout JSONValue?, _ value: JSONValue) -> Bool {
            let before = old == nil || old == .null ? ExactDecimal(0) : old?.number.flatMap { ExactDecimal($0) }
            guard let added = value.number.flatMap({ ExactDecimal($0) }), let sum = before?.adding(added) else {
                return false
            }
            old = .number(sum.number)
            return true
        }
        let fits: Bool
        switch operation {
        case .put(let values):
            new = [:]
            fits = each(values) {
                $0 = $1; return true
            }
        case .set(let values):
            fits = each(values) {
                $0 = patched($0, $1); return true
            }
        case .add(let values): fits = each(values, add)
        case .count(let fields): fits = each(fields.map { FieldValue($0, .constant(1)) }, add)
        case .min(let values): fits = each(values) { replaces(&$0, $1, <) }
        case .max(let values): fits = each(values) { replaces(&$0, $1, >) }
        case .push(let values, let keep):
            fits = each(values) { old, value in
                if old == nil || old == .null { old = [] }
                guard let list = old?.array else { return false }
                old = .array((list + [value]).suffix(keep))
                return true
            }
        case .unset(let fields):
            for field in fields { new[field] = nil }
            fits = true
        case .delete:
            row = nil
            return true
        }
        if fits { row = new }
        return fits
    }

    /// The pseudocode of RFC 7396, section 2.
    private func patched(_ target: JSONValue?, _ patch: JSONValue) -> JSONValue? {
        guard case .object(let members) = patch else { return patch == .null ? Optional.none : patch }
        var result = target?.object ?? [:]
        for (name, value) in members.entries { result[name] = patched(result[name], value) }
        return .object(result)
    }

    private mutating func record(_ group: GroupDefinition, of rows: [[UInt8]: [String: JSONValue]], _ offset: Offset) {
        var members: [[UInt8]: [[String: JSONValue]]] = [:]
        for row in rows.values {
            if let key = key(row[group.by], booleans: true) { members[key, default: []].append(row) }
        }
        let groups = members.mapValues { rows in
            group.fields.reduce(into: [String: JSONValue]()) { $0[$1.name] = aggregate($1.aggregate, of: rows) }
        }
        record(group.name, groups, offset)
        for nested in group.groups { record(nested, of: groups, offset) }
    }

    private func aggregate(_ aggregate: AggregateField.Aggregate, of rows: [[String: JSONValue]]) -> JSONValue? {
        func values(_ field: String) -> [SortValue] {
            rows.compactMap { $0[field] }.map { SortValue($0) }.filter(\.isScalar)
        }
        switch aggregate {
        case .count: return .number(JSONNumber(rows.count))
        case .min(let field): return values(field).min()?.json
        case .max(let field): return values(field).max()?.json
        case .sum(let field):
            // In units of 10^-34, as digits: the sum of 35 digits and more is missing.
            var sum = PlainDecimal(digits: Array(repeating: 0, count: 80), isNegative: false)
            for number in rows.compactMap({ $0[field]?.number }) where ExactDecimal(number) != nil {
                sum = sum.adding(PlainDecimal(number.decimal))
            }
            return sum.canonical.flatMap { JSONNumber($0) }.map { .number($0) }
        }
    }

    private mutating func record(_ name: String, _ rows: [[UInt8]: [String: JSONValue]], _ offset: Offset) {
        let before = contents[name] ?? [:]
        var after: [[UInt8]: PlainRow] = [:]
        for (key, row) in rows {
            let fields = row.mapValues(\.bytes)
            after[key] = before[key]?.fields == fields ? before[key] : PlainRow(fields: fields, changed: offset)
        }
        for key in Set(before.keys).union(after.keys) where before[key] != after[key] {
            history[name, default: []].append((key, offset))
        }
        contents[name] = after
    }
}

extension PlainDecimal {
    init(_ decimal: JSONNumber.Decimal) {
        self.init(digits: Array(repeating: 0, count: 80), isNegative: decimal.isNegative)
        for (index, digit) in decimal.digits.reversed().enumerated() {
            digits[Self.decimals + decimal.exponent + index] = Int(digit)
        }
    }
}
