import JSON
import KeyedRows

/// The operations of a collection, and the fields that they change.
struct CollectionOperations {
    private(set) var byType: [ExactText: [RowOperation]] = [:]
    /// The fields in the order in which they occur first.
    private(set) var fields: [String] = []
    /// All fields, also those beyond the limit.
    private var allFields: Set<ExactText> = []
    /// False when a fault hides fields.
    var isComplete = true

    /// The most fields of a collection.
    static let maximumFields = 64
    private static let names = ["put", "set", "add", "count", "min", "max", "push", "unset", "delete"]
    private static let keep = "keep"
    private static let fieldsForm = "an object of fields with their values, as in {\"status\": \"=paid\"}"

    /// The number of fields.
    var fieldCount: Int { allFields.count }

    /// Reads the operations of an event type, in the order in which they are applied.
    mutating func read(_ type: String, _ node: Node, _ values: ValueReader) {
        guard node.keys(Self.names, mustBe: "an object of operations, as in {\"set\": {\"status\": \"=paid\"}}") else {
            isComplete = false
            return
        }
        if node.value.object?.entries.contains(where: { !Self.names.contains($0.key) }) == true { isComplete = false }
        var operations: [RowOperation] = []
        for name in Self.names {
            guard let node = node.child(name), let operation = operation(name, node, values) else { continue }
            operations.append(operation)
        }
        if node.value.object?.isEmpty == true {
            node.fault(
                "\"\(type.shortened)\" has no operations; the operations are \(Self.names.joined(separator: ", "))")
        }
        byType[type] = operations
    }

    private mutating func operation(_ name: String, _ node: Node, _ values: ValueReader) -> RowOperation? {
        switch name {
        case "put": .put(assignments(node, mayBeEmpty: true, values.value))
        case "set": .set(assignments(node, mayBeEmpty: true, values.value))
        case "add": .add(assignments(node, values.number))
        case "count": .count(names(node, mayAdd: true))
        case "min": .min(assignments(node, values.value))
        case "max": .max(assignments(node, values.value))
        case "push": push(node, values)
        case "unset": .unset(names(node, mayAdd: false))
        default: delete(node)
        }
    }

    /// Reads `{field: value}`.
    private mutating func assignments(
        _ node: Node, mayBeEmpty: Bool = false, besides key: String? = nil, _ value: (Node) -> ValueExpression?
    ) -> [FieldValue] {
        let members = node.members(mustBe: Self.fieldsForm)
        if node.value.object == nil { isComplete = false }
        var assignments: [FieldValue] = []
        for (field, node) in members where field != key {
            add(field, node.nameFault)
            if let value = value(node) { assignments.append(FieldValue(field, value)) }
        }
        if !mayBeEmpty, node.value.object != nil, !members.contains(where: { $0.name != key }) {
            node.fault(
                "\"\(node.pointer.steps.last ?? "")\" has no fields; write at least one, as in {\"latest\": \"time\"}")
        }
        return assignments
    }

    /// Reads a field or an array of fields.
    private mutating func names(_ node: Node, mayAdd: Bool) -> [String] {
        if let field = node.value.string {
            add(field, node.fault)
            return [field]
        }
        let elements = node.elements(
            mustBe: "a field, or an array of fields", limit: Self.maximumFields, of: "fields")
        if node.value.array == nil { isComplete = false }
        if node.value.array?.isEmpty == true { node.fault("the array has no fields; write at least one") }
        return elements.compactMap { element in
            guard let field = element.text(mustBe: "the name of a field") else { return nil }
            add(field, element.fault)
            return field
        }
    }

    private mutating func push(_ node: Node, _ values: ValueReader) -> RowOperation {
        let keep = node.child(Self.keep)?.integer(in: 1...RowOperation.maximumKeep) ?? RowOperation.defaultKeep
        return .push(assignments(node, besides: Self.keep, values.value), keep: keep)
    }

    private func delete(_ node: Node) -> RowOperation {
        if node.value != true {
            node.fault("\"delete\" must be true, not \(node.value.text.shortened); leave it out to keep the row")
        }
        return .delete
    }

    /// Adds a field, and checks its name.
    private mutating func add(_ field: String, _ fault: (@autoclosure () -> String) -> Void) {
        if let problem = NameRule.problem(ofField: field) {
            fault("the field \"\(field.shortened)\" \(problem); choose another name")
            return
        }
        guard allFields.insert(ExactText(field)).inserted else { return }
        if fields.count < Self.maximumFields { fields.append(field) } else { isComplete = false }
    }
}
