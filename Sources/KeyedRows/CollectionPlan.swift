import EventLog
import Glibc
import JSON

/// The fields of a collection, and which of them have an index.
final class RowLayout: Sendable {
    let name: String
    let fields: [String]
    /// The fields with an index, each once.
    let indexed: [Int]
    private let positions: [ExactText: Int]

    init(name: String, fields: [String], indexes: [String]) {
        (self.name, self.fields) = (name, fields)
        let positions = Self.positions(of: fields)
        self.positions = positions
        indexed = indexes.compactMap { positions[$0] }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    func position(of field: String) -> Int? { positions[field] }

    private static func positions(of fields: [String]) -> [ExactText: Int] {
        Dictionary(fields.enumerated().map { (ExactText($1), $0) }) { first, _ in first }
    }
}

/// What a `CollectionDefinition` says, in the form in which events are folded.
final class CollectionPlan: Sendable {
    let layout: RowLayout
    let groups: [GroupPlan]
    /// What can be skipped: `type operation`, in the order of types and operations.
    let labels: [String]
    private let topics: EventFilter
    /// By the length of the type.
    private let types: [[EventType]]

    /// A class, because the operations are read for each event: references to what they contain are not counted.
    final class EventType: Sendable {
        let name: [UInt8]
        let key: EventValue
        let operations: [FieldOperation]
        /// The members of the event's data that the key and the operations use.
        let members: JSONMemberNames
        /// The number of fields of a row.
        let fieldCount: Int

        init(
            name: [UInt8], key: EventValue, operations: [FieldOperation], members: JSONMemberNames, fieldCount: Int
        ) {
            (self.name, self.key, self.operations) = (name, key, operations)
            (self.members, self.fieldCount) = (members, fieldCount)
        }
    }

    init(_ definition: CollectionDefinition) {
        let layout = RowLayout(name: definition.name, fields: definition.fieldNames, indexes: definition.indexes)
        self.layout = layout
        topics = EventFilter(topics: [definition.from])
        var labels: [String] = []
        var types: [[EventType]] = Array(repeating: [], count: Int(UInt8.max) + 1)
        for (type, operations) in definition.sortedOperations where type.utf8.count < types.count {
            var members = JSONMemberNames()
            let key = EventValue(definition.key, &members)
            let applied = operations.map { operation in
                let label = "\(type) \(operation.name)"
                if labels.last != label { labels.append(label) }
                return FieldOperation(operation, layout, label: labels.count - 1, &members)
            }
            types[type.utf8.count].append(
                EventType(
                    name: Array(type.utf8), key: key, operations: applied, members: members,
                    fieldCount: layout.fields.count))
        }
        (self.labels, self.types) = (labels, types)
        groups = definition.groups.map { GroupPlan($0, of: layout, digest: []) }
    }

    /// The operations of an event; nil when the collection does not use the event.
    func type(of event: borrowing EventView) -> EventType? {
        let sameLength = types[event.type.byteCount]
        guard !sameLength.isEmpty else { return nil }
        let found = event.type.withUnsafeBytes { name in
            sameLength.firstIndex { type in
                type.name.withUnsafeBytes { memcmp($0.baseAddress!, name.baseAddress!, name.count) == 0 }
            }
        }
        guard let found, topics.matches(event) else { return nil }
        return sameLength[found]
    }
}

extension CollectionDefinition {
    /// The types in the order of their bytes, with their operations in the order in which they are applied.
    var sortedOperations: [(type: String, operations: [RowOperation])] {
        operations.sorted { $0.key < $1.key }.map { type, operations in
            let sorted = operations.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            return (type.text, sorted.map(\.element))
        }
    }

    /// The names of all fields: first those that an event puts, which are the fields of a new row, then the others, each
    /// in the order in which `sortedOperations` names them first.
    var fieldNames: [String] {
        var names: [String] = []
        var seen: Set<[UInt8]> = []
        let operations = sortedOperations.flatMap(\.operations)
        let ordered = operations.filter(\.isPut) + operations.filter { !$0.isPut }
        for name in ordered.flatMap(\.fieldNames) {
            if seen.insert(Array(name.utf8)).inserted { names.append(name) }
        }
        return names
    }
}

extension RowOperation {
    /// The operations of an event are applied in this order.
    fileprivate var rank: Int {
        switch self {
        case .put: 0
        case .set: 1
        case .add: 2
        case .count: 3
        case .min: 4
        case .max: 5
        case .push: 6
        case .unset: 7
        case .delete: 8
        }
    }

    fileprivate var isPut: Bool { if case .put = self { true } else { false } }

    fileprivate var fieldNames: [String] {
        switch self {
        case .put(let values), .set(let values), .add(let values), .min(let values), .max(let values),
            .push(let values, _):
            values.map(\.field)
        case .count(let names), .unset(let names): names
        case .delete: []
        }
    }
}
