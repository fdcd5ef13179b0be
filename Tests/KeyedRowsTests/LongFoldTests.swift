import EventLog
import JSON
import TestSupport
import Testing

@testable import KeyedRows

@Suite("Long folds")
struct LongFoldTests {
    @Test("events that are folded together give the same state as events one by one", arguments: SeededGenerator.seeds)
    func sameState(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let projection = CollectionProjection(RandomFold.definition(&random))
            let events = (0..<100).map { _ in RandomFold.event(&random) }
            var (state, folded) = (projection.initial, projection.initial)
            var reached = 0
            while reached < events.count {
                let count = min(random.number(1...40), events.count - reached)
                let next = Array(events[reached..<reached + count])
                let offset = Offset(UInt64(reached))
                try projection.fold(next, into: &state, after: offset)
                try projection.foldTogether(next, into: &folded, after: offset)
                reached += count
                try expect(folded, equals: state, projection, "seed \(seed) at \(reached)")
            }
        }
    }

    /// The bounds of an index and of a group are both reached more than once.
    @Test("more changes than may wait give the same state")
    func manyChanges() throws {
        let fields = [AggregateField("n", .count), AggregateField("sum", .sum("f"))]
        let groups = ["f", "g"].map { GroupDefinition(name: "by-\($0)", by: $0, fields: fields, indexes: ["n"]) }
        let projection = things(
            ["changed": [.put(["f", "g"].map { FieldValue($0, .data([$0])) })]], indexes: ["f"], groups: groups)
        var (state, folded) = (projection.initial, projection.initial)
        projection.beginFold(into: &folded)
        // Each event changes the value and the groups of a row: two changes of the index, and two of a group.
        let most = max(RowIndex.maximumWaiting, GroupBatch.maximumChanges)
        for start in stride(from: 0, to: most + 1000, by: 1000) {
            let events = (start..<start + 1000).map { number in
                event("things/\(number % 600)", "changed", "{\"f\":\(number % 7).5,\"g\":\(number)}")
            }
            try projection.fold(events, into: &state, after: Offset(UInt64(start)))
            try projection.fold(events, into: &folded, after: Offset(UInt64(start)))
        }
        projection.endFold(into: &folded)
        try expect(folded, equals: state, projection, "")
    }

    @Test("a copy that was made before a fold does not change")
    func copies() throws {
        let fields = [AggregateField("n", .count), AggregateField("sum", .sum("f"))]
        let projection = things(
            ["changed": [.put([FieldValue("f", .data(["f"]))]), .set([FieldValue("g", .constant("x"))])]],
            indexes: ["f"], groups: [GroupDefinition(name: "all", by: "g", fields: fields, indexes: ["sum"])])
        let events = (0..<500).map { event("things/\($0 % 90)", "changed", "{\"f\":\($0)}") }
        let state = try projection.folded(events)
        var folded = state
        try projection.foldTogether(events.reversed(), into: &folded, after: 500)
        try expect(state, equals: projection.folded(events), projection, "")
        var expected = state
        try projection.fold(events.reversed(), into: &expected, after: 500)
        try expect(folded, equals: expected, projection, "")
    }

    private func expect(
        _ state: CollectionSet, equals expected: CollectionSet, _ projection: CollectionProjection, _ comment: String
    ) throws {
        #expect(projection.encode(state) == projection.encode(expected), "\(comment)")
        for (mine, other) in zip(state.collections, expected.collections) {
            #expect(projection.text(state, mine.name) == projection.text(expected, other.name), "\(comment)")
            #expect(mine.count == other.count && mine.lastChange == other.lastChange, "\(comment)")
            for field in mine.fields.indices where mine.index(of: field) != nil {
                let entries = try #require(mine.index(of: field))
                #expect(elements(of: entries) == elements(of: try #require(other.index(of: field))), "\(comment)")
            }
        }
    }

    private func elements(of index: SortedTree<IndexEntry>) -> [IndexEntry] {
        var entries: [IndexEntry] = []
        index.visit {
            entries.append($0)
            return true
        }
        return entries
    }
}

extension CollectionProjection {
    /// Folds events as a restart does.
    fileprivate func foldTogether(
        _ events: [NewEvent], into state: inout CollectionSet, after offset: Offset = .start
    ) throws {
        beginFold(into: &state)
        try fold(events, into: &state, after: offset)
        endFold(into: &state)
    }
}
