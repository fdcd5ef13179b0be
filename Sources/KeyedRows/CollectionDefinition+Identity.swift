import Base64
import Crypto
import EventLog
package import JSON

extension CollectionDefinition {
    /// The name of the collection and 12 hexadecimal digits of a hash of what determines the fold: name, topics, key,
    /// operations and the format of snapshots; not indexes and groups, which are made from the rows.
    var identity: String {
        let hash = SHA256.hash(data: canonicalDescription.bytes).prefix(6)
        return "\(name)@\(hash.hexadecimal)"
    }

    private var canonicalDescription: JSONValue {
        let operations = sortedOperations.map { type, operations in
            JSONValue.array([.string(type)] + operations.map(\.canonicalDescription))
        }
        return .array([
            .number(JSONNumber(SnapshotWriter.version)), .string(name), .string(from.description),
            key.canonicalDescription, .array(operations),
        ])
    }
}

extension CollectionDefinition: Equatable {
    /// Whether both definitions make the same rows, indexes and groups. Names are compared byte by byte.
    package static func == (left: CollectionDefinition, right: CollectionDefinition) -> Bool {
        left.wholeDescription == right.wholeDescription
    }

    private var wholeDescription: JSONValue {
        .array([canonicalDescription, .names(indexes), .array(groups.map(\.wholeDescription))])
    }
}

extension GroupDefinition: Equatable {
    /// Whether both definitions make the same rows, indexes and groups. Names are compared byte by byte.
    package static func == (left: GroupDefinition, right: GroupDefinition) -> Bool {
        left.wholeDescription == right.wholeDescription
    }

    fileprivate var wholeDescription: JSONValue {
        .array([canonicalDescription, .names(indexes), .array(groups.map(\.wholeDescription))])
    }
}

extension JSONValue {
    fileprivate static func names(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
}

extension GroupDefinition {
    /// What determines the rows of the groups, except for the grouped rows.
    package var canonicalDescription: JSONValue {
        let fields = fields.map { field in
            JSONValue.array([.string(field.name), field.aggregate.canonicalDescription])
        }
        return .array([.string(name), .string(by), filter.canonicalDescription, .array(fields)])
    }
}

extension AggregateField.Aggregate {
    fileprivate var canonicalDescription: JSONValue {
        switch self {
        case .count: ["count"]
        case .sum(let field): ["sum", .string(field)]
        case .min(let field): ["min", .string(field)]
        case .max(let field): ["max", .string(field)]
        }
    }
}

extension RowFilter {
    fileprivate var canonicalDescription: JSONValue { .array(tests.map(\.canonicalDescription)) }
}

extension RowFilter.Test {
    /// The field, the comparison and the values of the test.
    package var canonicalDescription: JSONValue { [.string(field), condition.canonicalDescription] }
}

extension RowFilter.Condition {
    fileprivate var canonicalDescription: JSONValue {
        switch self {
        case .equals(let value): ["equals", value]
        case .not(let value): ["not", value]
        case .less(let value): ["lt", value]
        case .lessOrEqual(let value): ["lte", value]
        case .greater(let value): ["gt", value]
        case .greaterOrEqual(let value): ["gte", value]
        case .isIn(let values): ["in", .array(values)]
        }
    }
}

extension ValueExpression {
    fileprivate var canonicalDescription: JSONValue {
        switch self {
        case .data(let names): .array(["data"] + names.map { .string($0) })
        case .topicLevel(let level): ["topic", .number(JSONNumber(level))]
        case .time: ["time"]
        case .offset: ["offset"]
        case .id: ["id"]
        case .source: ["source"]
        case .constant(let value): ["constant", value]
        }
    }
}

extension RowOperation {
    fileprivate var canonicalDescription: JSONValue {
        func assignments(_ values: [FieldValue]) -> [JSONValue] {
            values.map { .array([.string($0.field), $0.value.canonicalDescription]) }
        }
        let name = JSONValue.string(name)
        return switch self {
        case .put(let values), .set(let values), .add(let values), .min(let values), .max(let values):
            .array([name] + assignments(values))
        case .push(let values, let keep): .array([name, .number(JSONNumber(keep))] + assignments(values))
        case .count(let fields), .unset(let fields): .array([name] + fields.map { .string($0) })
        case .delete: .array([name])
        }
    }
}
