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

    /// Applies the operation to the values of a row, or leaves them as they are.
    ///
    /// - Parameters:
    ///   - values: nil when there is no row.
    ///   - fieldCount: the number of fields.
    /// - Returns: false when the event or the row has no value of the right type for it.
    func apply(
        to values: inout [JSONValue?]?, fieldCount: Int, _ event: borrowing EventView, _ data: EventData
    ) -> Bool {
        if case .delete = kind {
            values = nil
            return true
        }
        var changed: [JSONValue?]
        if case .put = kind {
            changed = Array(repeating: nil, count: fieldCount)
        } else {
            changed = values ?? Array(repeating: nil, count: fieldCount)
        }
        switch kind {
        case .count(let fields):
            for field in fields {
                guard let value = Self.sum(changed[field], .number(JSONNumber(1))) else { return false }
                changed[field] = value
            }
        case .unset(let fields):
            for field in fields { changed[field] = nil }
        default:
            for assignment in assignments {
                guard let value = assignment.value.evaluate(event, data),
                    let result = result(of: value, on: changed[assignment.field])
                else { return false }
                changed[assignment.field] = result
            }
        }
        values = changed
        return true
    }

    /// - Returns: nil when a value has the wrong type; `.some(nil)` to remove the field.
    private func result(of value: JSONValue, on old: JSONValue?) -> JSONValue?? {
        switch kind {
        case .put: value.isTooLarge ? nil : .some(value)
        case .set:
            if value.isNull {
                .some(nil)
            } else {
                Self.within(value.merged(into: old))
            }
        case .add: Self.sum(old, value).map { .some($0) }
        case .min: Self.extreme(old, value) { $0 < $1 }
        case .max: Self.extreme(old, value) { $0 > $1 }
        case .push(let keep): Self.pushing(value, to: old, keep: keep)
        case .count, .unset, .delete: nil
        }
    }

    private static func within(_ value: JSONValue) -> JSONValue?? { value.isTooLarge ? nil : .some(value) }

    private static func sum(_ old: JSONValue?, _ value: JSONValue) -> JSONValue? {
        guard let added = value.number.flatMap({ ExactDecimal($0) }) else { return nil }
        guard let old, !old.isNull else { return .number(added.number) }
        guard let before = old.number.flatMap({ ExactDecimal($0) }) else { return nil }
        return before.adding(added).map { .number($0.number) }
    }

    private static func extreme(
        _ old: JSONValue?, _ value: JSONValue, _ replaces: (SortValue, SortValue) -> Bool
    ) -> JSONValue?? {
        let sortValue = SortValue(value)
        guard sortValue.isScalar else { return nil }
        guard let old, !old.isNull else { return .some(value) }
        let before = SortValue(old)
        guard before.isScalar else { return nil }
        return .some(replaces(sortValue, before) ? value : old)
    }

    private static func pushing(_ value: JSONValue, to old: JSONValue?, keep: Int) -> JSONValue?? {
        var elements: [JSONValue]
        switch old {
        case nil, .null: elements = []
        case .array(let before): elements = before
        default: return nil
        }
        elements.append(value)
        if elements.count > keep { elements.removeFirst(elements.count - keep) }
        return within(.array(elements))
    }
}
