import EventLog
import JSON
import TestSupport
import Testing

@testable import KeyedRows

@Suite("Folds of random events")
struct FoldModelTests {
    @Test(
        "rows, groups, changes and snapshots equal a plain fold and a fresh GROUP BY", arguments: SeededGenerator.seeds)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<6 {
            let projection = CollectionProjection(RandomFold.definition(&random))
            let events = (0..<100).map { _ in RandomFold.event(&random) }
            var (state, restarted) = (projection.initial, projection.initial)
            var model = PlainFold(projection.definition)
            var (copy, copied) = (state, projection.text(state))
            for (index, event) in events.enumerated() {
                let offset = Offset(UInt64(index))
                try projection.fold([event], into: &state, after: offset)
                try projection.fold([event], into: &restarted, after: offset)
                if random.chance(1, of: 10) { restarted = try projection.decode(projection.encode(restarted)) }
                model.apply(event, at: offset.next)
                for collection in state.collections {
                    #expect(contents(of: collection) == model.contents[collection.name], "seed \(seed) at \(index)")
                    let since = Offset(UInt64(random.number(0...index)))
                    let changed = Set((collection.changedKeys(after: since) ?? []).map(\.text.bytes))
                    #expect(changed == model.changed(collection.name, after: since), "seed \(seed) at \(index)")
                    try checkIndexes(of: collection)
                }
                #expect(state.skipped == model.skipped, "seed \(seed) at \(index)")
                if index == 50 { (copy, copied) = (state, projection.text(state)) }
            }
            #expect(projection.encode(state) == projection.encode(restarted), "seed \(seed)")
            for name in projection.definition.names {
                #expect(state.json(name) == restarted.json(name), "seed \(seed)")
            }
            #expect(projection.text(copy) == copied, "seed \(seed)")
        }
    }

    /// The rows as text with the offset of their last change, by key.
    private func contents(of collection: CollectionState) -> [[UInt8]: PlainRow] {
        var rows: [[UInt8]: PlainRow] = [:]
        collection.visitRows { row in
            rows[row.key.text.bytes] = PlainRow(
                fields: Dictionary(
                    uniqueKeysWithValues: collection.object(row).entries.map { ($0.key, $0.value.bytes) }),
                changed: row.changed)
            return true
        }
        return rows
    }

    private func checkIndexes(of collection: CollectionState) throws {
        for field in collection.fields.indices {
            guard let index = collection.index(of: field) else { continue }
            var expected: [IndexEntry] = []
            collection.visitRows {
                expected.append(IndexEntry(value: SortValue($0.values[field]), key: $0.key))
                return true
            }
            var entries: [IndexEntry] = []
            index.visit {
                entries.append($0)
                return true
            }
            #expect(entries == expected.sorted())
        }
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

/// A row of the model.
struct PlainRow: Equatable {
    var fields: [String: [UInt8]]
    var changed: Offset
}

/// Definitions and events with values that often meet.
enum RandomFold {
    private static let names = ["a", "b", "c", "d"]

    static func definition(_ random: inout SeededGenerator) -> CollectionDefinition {
        var operations: [ExactText: [RowOperation]] = [:]
        for type in ["t0", "t1", "t2"] {
            operations[type] = (0..<random.number(1...4)).map { _ in operation(&random) }
        }
        return CollectionDefinition(
            name: "things", from: TopicPattern(constant: "things/*"),
            key: random.chance(1, of: 4) ? .data(["a"]) : .topicLevel(1), operations: operations,
            indexes: Array(names.prefix(random.number(0...2))),
            groups: (0..<random.number(0...2)).map { group("g\($0)", of: names, depth: 2, &random) })
    }

    private static func group(
        _ name: String, of fields: [String], depth: Int, _ random: inout SeededGenerator
    ) -> GroupDefinition {
        let aggregates: [AggregateField] = [
            AggregateField("n", .count), AggregateField("s", .sum(pick(fields, &random))),
            AggregateField("lo", .min(pick(fields, &random))), AggregateField("hi", .max(pick(fields, &random))),
        ]
        let own = aggregates.map(\.name)
        return GroupDefinition(
            name: name, by: pick(fields, &random), fields: aggregates, indexes: ["hi"],
            groups: depth == 0 || random.chance(1, of: 2) ? [] : [group(name + "x", of: own, depth: depth - 1, &random)]
        )
    }

    private static func pick<Value>(_ values: [Value], _ random: inout SeededGenerator) -> Value {
        values[random.number(0...values.count - 1)]
    }

    private static func operation(_ random: inout SeededGenerator) -> RowOperation {
        let values = [
            FieldValue(pick(names, &random), value(&random)), FieldValue(pick(names, &random), value(&random)),
        ]
        return switch random.number(0...8) {
        case 0, 1: .put(values)
        case 2: .set(values)
        case 3: .add([FieldValue(pick(["a", "b"], &random), .data(["n"]))])
        case 4: .count([pick(names, &random)])
        case 5: .min(values)
        case 6: .max(values)
        case 7: .push(values, keep: random.number(1...3))
        default: random.chance(1, of: 2) ? .unset([pick(names, &random)]) : .delete
        }
    }

    private static func value(_ random: inout SeededGenerator) -> ValueExpression {
        pick(
            [.data(["n"]), .data(["a"]), .data(["b"]), .data(["a"]), .data(["b", "x"]), .constant("c"), .offset],
            &random)
    }

    static func event(_ random: inout SeededGenerator) -> NewEvent {
        let members = ["n", "a", "b"].filter { _ in random.chance(5, of: 6) }
        let data = members.map { name in
            let number = pick(["0", "1", "1.0", "2.50", "-3", "1e3", "1e20", "0.0000000000001", "7e-30"], &random)
            let other = pick(
                [
                    "null", "true", "false", "\"x\"", "\"é\"", "\"e\u{301}\"", "\"\"", "[1,null]", #"{"x":1}"#,
                    #"{"x":null,"y":2}"#,
                    "\"a text of more than fifteen bytes\"", String(repeating: "9", count: 35),
                ], &random)
            return "\"\(name)\":" + (name == "n" || random.chance(1, of: 2) ? number : other)
        }
        return KeyedRowsTests.event(
            "things/k\(random.number(0...5))", "t\(random.number(0...3))", "{\(data.joined(separator: ","))}")
    }
}
