import EventLog
import JSON
import TestSupport
import Testing

@testable import KeyedRows

@Suite("Snapshots of collections")
struct SnapshotTests {
    private static let operations: [ExactText: [RowOperation]] = [
        "changed": [.set([FieldValue("a", .data(["a"])), FieldValue("b", .data(["b"]))]), .count(["n"])],
        "deleted": [.delete],
    ]
    private static let sums = GroupDefinition(
        name: "sums", by: "a", fields: [AggregateField("total", .sum("b")), AggregateField("least", .min("b"))],
        groups: [GroupDefinition(name: "counts", by: "least", fields: [AggregateField("n", .count)])])
    private static let projection = things(operations, indexes: ["b"], groups: [sums])

    private static func events(_ count: Int) -> [NewEvent] {
        (0..<count).map { index in
            let data =
                #"{"a":"group \#(index % 3) with a long name","b":\#(index % 5 == 0 ? "[1,{}]" : "\(index).50")}"#
            return event("things/k\(index % 17)", index % 11 == 10 ? "deleted" : "changed", data)
        }
    }

    @Test("bytes that are cut or changed are refused or read, and never crash", arguments: SeededGenerator.seeds)
    func damaged(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bytes = Self.projection.encode(try Self.projection.folded(Self.events(40)))
        for length in 0..<bytes.count {
            #expect(throws: SnapshotFault.self) { try Self.projection.decode(Array(bytes[..<length])) }
        }
        #expect(throws: SnapshotFault.self) { try Self.projection.decode(bytes + [0]) }
        for _ in 0..<1500 {
            var damaged = bytes
            for _ in 0..<random.number(1...3) {
                damaged[random.number(0...damaged.count - 1)] = UInt8(random.number(0...255))
            }
            // What is read in spite of the damage is a state like any other.
            guard let state = try? Self.projection.decode(damaged) else { continue }
            let again = try Self.projection.decode(Self.projection.encode(state))
            #expect(Self.projection.encode(again) == Self.projection.encode(state), "seed \(seed)")
        }
    }

    @Test("the name depends on what determines the fold, and not on indexes and groups")
    func name() {
        let name = Self.projection.name
        #expect(name == "things@034b45fa02da")
        #expect(things(Self.operations).name == name)
        #expect(Self.projection.withoutGroups.name == name)
        let reordered = Self.operations.mapValues { Array($0.reversed()) }
        #expect(things(reordered).name == name)
        #expect(things(Self.operations, key: .id).name != name)
        #expect(things(["changed": [.count(["n"])]]).name != name)
    }

    @Test("a group that was defined later is made from the rows, and its readers start again")
    func laterGroup() throws {
        let before = things(Self.operations)
        let old = try before.folded(Self.events(100))
        let state = try Self.projection.decode(before.encode(old))
        let fresh = try Self.projection.folded(Self.events(100))
        for name in Self.projection.definition.names { #expect(state.json(name) == fresh.json(name)) }
        let sums = try #require(state.collection("sums"))
        #expect(sums.changedKeys(after: Offset(99)) == nil)
        #expect(sums.changedKeys(after: Offset(100)) == [])
        #expect(sums.row(try #require(RowKey("group 0 with a long name")))?.changed == old.root.lastChange)
        let alone = Self.projection.withoutGroups
        #expect(alone.encode(try alone.decode(Self.projection.encode(fresh))) == alone.encode(old))
    }

    @Test("a collection that was defined after a trim says so, also after a restart")
    func trimmed() throws {
        var state = try #require(Self.projection.initial(afterTrimmed: 40))
        try Self.projection.fold(Self.events(20), into: &state, after: 40)
        let again = try Self.projection.decode(Self.projection.encode(state))
        for state in [state, again] {
            #expect(state.startedAfter == 40)
            #expect(state.root.changedKeys(after: 39) == nil)
            #expect(state.root.changedKeys(after: 40)?.isEmpty == false)
            #expect(Self.projection.text(state).contains(#""startedAfter":40"#))
        }
    }

    @Test("a collection keeps the newest 65,536 changes, also after a restart")
    func changeBound() throws {
        let projection = things(["changed": [.count(["n"])]])
        let count = CollectionState.keptChanges + 1000
        var state = projection.initial
        for start in stride(from: 0, to: count, by: 5000) {
            let events = (start..<min(start + 5000, count)).map { event("things/\($0 % 3000)", "changed") }
            try projection.fold(events, into: &state, after: Offset(UInt64(start)))
        }
        let again = try projection.decode(projection.encode(state))
        for state in [state, again] {
            #expect(state.root.changedKeys(after: 999) == nil)
            #expect(state.root.changedKeys(after: 1000)?.count == 3000)
            #expect(state.root.changedKeys(after: Offset(UInt64(count - 10)))?.count == 10)
            #expect(state.root.changedKeys(after: Offset(UInt64(count))) == [])
        }
    }

    @Test("sums of numbers of very different sizes are exact after retraction")
    func wideSums() throws {
        let projection = things(
            ["changed": [.put([FieldValue("b", .data(["b"])), FieldValue("a", .constant("g"))])]], groups: [Self.sums])
        func totals(_ numbers: [String]) throws -> [String?] {
            var state = projection.initial
            return try numbers.enumerated().map { index, number in
                let (key, value) = (number.prefix(1), number.dropFirst(2))
                try projection.fold(
                    [event("things/\(key)", "changed", "{\"b\":\(value)}")], into: &state, after: Offset(UInt64(index)))
                let row = RowKey("g").flatMap { state.collection("sums")?.row($0) }
                return row?.values[0]?.text
            }
        }
        #expect(
            try totals(["1=1e67", "2=1e-34", "1=0", "2=-1e-34", "3=1e68", "3=1e-35", "3=-0.5", "2=0"]) == [
                "1e67", nil, "0.0000000000000000000000000000000001", "-0.0000000000000000000000000000000001",
                "-0.0000000000000000000000000000000001", "-0.0000000000000000000000000000000001",
                "-0.5000000000000000000000000000000001", "-0.5",
            ])
    }
}
