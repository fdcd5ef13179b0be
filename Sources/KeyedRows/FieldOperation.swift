import EventLog
import JSON

/// A `RowOperation` in the form in which it is applied: fields by their index.
struct FieldOperation: Sendable {
    private enum Kind: Sendable {
        case put, set, add, min, max
        case push(keep: Int)
        case count([Int])
        case unset([Int])
        case delete
    }

    private struct Assignment: Sendable {
        let field: Int
        let value: EventValue
    }

    private let kind: Kind
    private let assignments: [Assignment]
    /// The index in the counts of skipped operations.
    let label: Int

    /// - Parameter names: the members of the data that the operations of a type use; gets those of this operation.
    init(_ operation: RowOperation, _ layout: RowLayout, label: Int, _ names: inout JSONMemberNames) {
        self.label = label
        switch operation {
        case .put(let values): (kind, assignments) = (.put, Self.assignments(values, layout, &names))
        case .set(let values): (kind, assignments) = (.set, Self.assignments(values, layout, &names))
        case .add(let values): (kind, assignments) = (.add, Self.assignments(values, layout, &names))
        case .min(let values): (kind, assignments) = (.min, Self.assignments(values, layout, &names))
        case .max(let values): (kind, assignments) = (.max, Self.assignments(values, layout, &names))
        case .push(let values, let keep):
            (kind, assignments) = (.push(keep: Swift.max(keep, 0)), Self.assignments(values, layout, &names))
        case .count(let fields): (kind, assignments) = (.count(fields.map { layout.position(of: $0)! }), [])
        case .unset(let fields): (kind, assignments) = (.unset(fields.map { layout.position(of: $0)! }), [])
        case .delete: (kind, assignments) = (.delete, [])
        }
    }

    private static func assignments(
        _ values: [FieldValue], _ layout: RowLayout, _ names: inout JSONMemberNames
    ) -> [Assignment] {
        values.map { Assignment(field: layout.position(of: $0.field)!, value: EventValue($0.value, &names)) }
    }

    /// Applies the operation to a row, or leaves the row as it is.
    ///
    /// - Returns: false when the event or the row has no value of the right type for it.
    func apply(to row: inout RowDraft, _ event: borrowing EventView, _ data: EventData) -> Bool {
        switch kind {
        case .delete:
            row.delete()
            return true
        case .put: row.begin(isEmpty: true)
        default: row.begin(isEmpty: false)
        }
        guard change(&row, event, data) else { return false }
        row.commit()
        return true
    }

    private func change(_ row: inout RowDraft, _ event: borrowing EventView, _ data: EventData) -> Bool {
        switch kind {
        case .count(let fields):
            for field in fields {
                guard let value = Self.sum(row[field], ExactDecimal(1), &row.arena) else { return false }
                row[field] = value
            }
        case .unset(let fields):
            for field in fields { row[field] = .missing }
        default:
            // By index: a loop over the elements would copy each of them.
            for index in assignments.indices {
                let field = assignments[index].field
                guard let value = assignments[index].value.evaluate(event, data, &row.arena),
                    let result = result(of: value, on: row[field], &row.arena)
                else { return false }
                row[field] = result
            }
        }
        return true
    }

    /// - Returns: nil when a value has the wrong type.
    private func result(of value: StoredValue, on old: StoredValue, _ arena: inout ValueArena) -> StoredValue? {
        switch kind {
        case .put: Self.within(value)
        case .set: Self.merging(value, into: old, &arena)
        case .add: value.decimal.flatMap { Self.sum(old, $0, &arena) }
        case .min: Self.extreme(old, value) { $0 < $1 }
        case .max: Self.extreme(old, value) { $0 > $1 }
        case .push(let keep): Self.pushing(value, to: old, keep: keep, &arena)
        case .count, .unset, .delete: nil
        }
    }

    private static func within(_ value: StoredValue) -> StoredValue? { value.isTooLarge ? nil : value }

    /// A merge patch (RFC 7396): null removes the field.
    private static func merging(
        _ value: StoredValue, into old: StoredValue, _ arena: inout ValueArena
    ) -> StoredValue? {
        switch value {
        case .null: .missing
        case .nested: within(arena.store(value.json?.merged(into: old.json)))
        default: value
        }
    }

    private static func sum(_ old: StoredValue, _ added: ExactDecimal, _ arena: inout ValueArena) -> StoredValue? {
        switch old {
        case .missing, .null: arena.store(added)
        default: old.decimal?.adding(added).map { arena.store($0) }
        }
    }

    private static func extreme(
        _ old: StoredValue, _ value: StoredValue, _ replaces: (SortValue, SortValue) -> Bool
    ) -> StoredValue? {
        let sortValue = SortValue(value)
        guard sortValue.isScalar else { return nil }
        switch old {
        case .missing, .null: return value
        default:
            let before = SortValue(old)
            guard before.isScalar else { return nil }
            return replaces(sortValue, before) ? value : old
        }
    }

    private static func pushing(
        _ value: StoredValue, to old: StoredValue, keep: Int, _ arena: inout ValueArena
    ) -> StoredValue? {
        var elements: [JSONValue]
        switch old.json {
        case nil, .null: elements = []
        case .array(let before): elements = before
        default: return nil
        }
        if let value = value.json { elements.append(value) }
        if elements.count > keep { elements.removeFirst(elements.count - keep) }
        return within(arena.store(JSONValue.array(elements)))
    }
}

extension StoredValue {
    /// Nil for every value but a number of at most 34 digits.
    fileprivate var decimal: ExactDecimal? { if case .number(let text) = self { ExactDecimal(text) } else { nil } }
}
