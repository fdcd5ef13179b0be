package import EventLog
package import JSON

/// A collection: rows with keys, folded from the events of some topics, and the collections that are grouped from it.
package struct CollectionDefinition: Sendable {
    package var name: String
    /// The topics whose events change the collection.
    package var from: TopicPattern
    /// The key of the row that an event changes: text, or a number, which is written in canonical form.
    package var key: ValueExpression
    /// For each event type its operations, in the order in which they are applied.
    package var operations: [ExactText: [RowOperation]]
    /// The fields with an index, in the order of the definition.
    package var indexes: [String]
    /// The collections that are grouped from this one (`of`), each with those grouped from it.
    package var groups: [GroupDefinition]

    package init(
        name: String, from: TopicPattern, key: ValueExpression, operations: [ExactText: [RowOperation]],
        indexes: [String] = [], groups: [GroupDefinition] = []
    ) {
        (self.name, self.from, self.key) = (name, from, key)
        (self.operations, self.indexes, self.groups) = (operations, indexes, groups)
    }

    /// The names of this collection and of all that are grouped from it, in the order of `CollectionSet.collections`: this
    /// one first, then depth first.
    package var names: [String] { [name] + groups.flatMap(\.names) }
}

/// A collection that groups the rows of another one by a field.
package struct GroupDefinition: Sendable {
    package var name: String
    /// The field whose value is the key of the group: text, a number or a boolean. Rows without such a value are in no group.
    package var by: String
    /// Which rows are grouped.
    package var filter: RowFilter
    package var fields: [AggregateField]
    package var indexes: [String]
    package var groups: [GroupDefinition]

    package init(
        name: String, by: String, filter: RowFilter = .all, fields: [AggregateField], indexes: [String] = [],
        groups: [GroupDefinition] = []
    ) {
        (self.name, self.by, self.filter) = (name, by, filter)
        (self.fields, self.indexes, self.groups) = (fields, indexes, groups)
    }

    package var names: [String] { [name] + groups.flatMap(\.names) }
}

/// A field of a group.
package struct AggregateField: Sendable, Hashable {
    package enum Aggregate: Sendable, Hashable {
        case count
        case sum(String)
        case min(String)
        case max(String)
    }
    package var name: String
    package var aggregate: Aggregate
    package init(_ name: String, _ aggregate: Aggregate) { (self.name, self.aggregate) = (name, aggregate) }
}

/// Where a value of a row comes from.
package enum ValueExpression: Sendable, Hashable {
    /// The event's data, or a value in it: names of members and indices of elements.
    case data([String])
    /// A level of the event's topic; the first is 0.
    case topicLevel(Int)
    case time, offset, id, source
    case constant(JSONValue)
}

/// What an event does to its row.
package enum RowOperation: Sendable, Hashable {
    case put([FieldValue])
    case set([FieldValue])
    case add([FieldValue])
    case count([String])
    case min([FieldValue])
    case max([FieldValue])
    case push([FieldValue], keep: Int)
    case unset([String])
    case delete

    /// The largest `keep` of `push`, and its value when the definition has none.
    package static let maximumKeep = 1000
    package static let defaultKeep = 20

    /// The name in `app.json`.
    package var name: String {
        switch self {
        case .put: "put"
        case .set: "set"
        case .add: "add"
        case .count: "count"
        case .min: "min"
        case .max: "max"
        case .push: "push"
        case .unset: "unset"
        case .delete: "delete"
        }
    }
}

package struct FieldValue: Sendable, Hashable {
    package var field: String
    package var value: ValueExpression
    package init(_ field: String, _ value: ValueExpression) { (self.field, self.value) = (field, value) }
}
