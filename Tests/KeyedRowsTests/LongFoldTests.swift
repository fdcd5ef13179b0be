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

    /// The second thread is used from the first full batch on.
    @Test(
        "batches of every length give the same state",
        arguments: [LongFold.batchSize - 1, LongFold.batchSize, LongFold.batchSize + 1, 2 * LongFold.batchSize + 5])
    func batches(count: Int) throws {
        var (state, folded) = (Self.summed.initial, Self.summed.initial)
        let events = Self.events(0..<count)
        try Self.summed.fold(events, into: &state)
        try Self.summed.foldTogether(events, into: &folded)
        try expect(folded, equals: state, Self.summed, "\(count) events")
    }

    @Test("a copy that was made during a fold and the original are folded independently")
    func copiesDuringFold() throws {
        let (projection, length) = (Self.summed, LongFold.batchSize + 100)
        let parts = (0..<3).map { Self.events($0 * length..<($0 + 1) * length) }
        var original = projection.initial
        projection.beginFold(into: &original)
        try projection.fold(parts[0], into: &original)
        var copy = original
        try projection.fold(parts[1], into: &original, after: Offset(UInt64(length)))
        try projection.fold(parts[2], into: &copy, after: Offset(UInt64(length)))
        for (state, events) in [(original, parts[1]), (copy, parts[2])] {
            var state = state
            projection.endFold(into: &state)
            try expect(state, equals: projection.folded(parts[0] + events), projection, "")
        }
    }

    @Test("a fold that is dropped before its end does not change the state that it began with")
    func droppedFold() throws {
        let projection = Self.summed
        let state = try projection.folded(Self.events(0..<300))
        for _ in 0..<3 {
            var dropped = state
            projection.beginFold(into: &dropped)
            let events = Self.events(300..<400 + LongFold.batchSize)
            try projection.fold(events, into: &dropped, after: 300)
        }
        try expect(state, equals: projection.folded(Self.events(0..<300)), projection, "")
    }

    @Test("a worker that is dropped while a batch is being applied is released")
    func droppedWorker() throws {
        let row = Row(key: try #require(RowKey("1")), values: RowValues(), changed: 1)
        let change = RowDependents.Change(transition: RowTransition(old: nil, new: row), offset: 1)
        let layout = RowLayout(name: "things", fields: [], indexes: [])
        var worker: FoldWorker? = FoldWorker(RowDependents(indexes: RowIndexes(layout), groups: []))
        weak let dropped = worker
        worker?.apply(Array(repeating: change, count: LongFold.batchSize))
        worker = nil
        #expect(dropped == nil)
    }

    private static let summed = things(
        ["changed": [.put(["f", "g"].map { FieldValue($0, .data([$0])) })]], indexes: ["f"],
        groups: [
            GroupDefinition(
                name: "by-g", by: "g", fields: [AggregateField("n", .count), AggregateField("sum", .sum("f"))],
                indexes: ["sum"])
        ])

    private static func events(_ numbers: Range<Int>) -> [NewEvent] {
        numbers.map { event("things/\($0 * 31 % 1777)", "changed", "{\"f\":\($0 % 70).5,\"g\":\($0 % 13)}") }
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
