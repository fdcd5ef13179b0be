import Base64
import Crypto
import JSON
import KeyedRows

/// What identifies the definition of a collection: two definitions with equal ids have the same rows at each offset.
enum CollectionIdentity {
    /// The ids of a collection and of all that are grouped from it, in the order of `CollectionDefinition.names`.
    ///
    /// The id of the collection itself is the name of its projection: `orders@1f2e3d4c5b6a`. That of a grouped
    /// collection depends on the collections it is grouped from as well. Indexes do not count.
    static func ids(of projection: CollectionProjection) -> [String] {
        [projection.name] + ids(of: projection.definition.groups, from: projection.name)
    }

    private static func ids(of groups: [GroupDefinition], from source: String) -> [String] {
        groups.flatMap { group in
            let text = JSONValue.array([.string(source), definition(group)]).bytes
            let id = "\(group.name)@" + SHA256.hash(data: text).prefix(6).hexadecimal
            return [id] + ids(of: group.groups, from: id)
        }
    }

    private static func definition(_ group: GroupDefinition) -> JSONValue {
        [
            .string(group.name), .string(group.by), .array(group.filter.tests.map(definition)),
            .array(group.fields.map { .array([.string($0.name), definition($0.aggregate)]) }),
        ]
    }

    private static func definition(_ test: RowFilter.Test) -> JSONValue {
        switch test.condition {
        case .equals(let value): [.string(test.field), "equals", value]
        case .not(let value): [.string(test.field), "not", value]
        case .less(let value): [.string(test.field), "lt", value]
        case .lessOrEqual(let value): [.string(test.field), "lte", value]
        case .greater(let value): [.string(test.field), "gt", value]
        case .greaterOrEqual(let value): [.string(test.field), "gte", value]
        case .isIn(let values): [.string(test.field), "in", .array(values)]
        }
    }

    private static func definition(_ aggregate: AggregateField.Aggregate) -> JSONValue {
        switch aggregate {
        case .count: "count"
        case .sum(let field): ["sum", .string(field)]
        case .min(let field): ["min", .string(field)]
        case .max(let field): ["max", .string(field)]
        }
    }
}
