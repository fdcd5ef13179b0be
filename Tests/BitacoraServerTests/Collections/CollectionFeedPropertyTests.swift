import EventLog
import Inspection
import JSON
import KeyedRows
import TestSupport
import Testing
@testable import BitacoraServer

/// Random changes, and readers that are slow, cut off and resumed at random.
@Suite struct CollectionFeedPropertyTests {
    private static let queries = [
        RowQuery(), RowQuery(sort: RowSort([.init("n", descends: true)])),
        RowQuery(filter: RowFilter([.init("group", .equals("a"))])),
        RowQuery(filter: RowFilter([.init("n", .less(3))]), sort: RowSort([.init("group"), .init("n")])),
        RowQuery(sort: RowSort([.init("n")]), limit: 3),
        RowQuery(filter: RowFilter([.init("group", .not("b"))]), sort: RowSort([.init("text")]), limit: 5),
    ]

    @Test(
        "a reader that applies the changes, cut and resumed at random, has the rows of a new reader",
        arguments: SeededGenerator.seeds)
    func resumed(seed: UInt64) async throws {
        try await CollectionFixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            // Position 0 with rows begins with reset, as the rows of the model do.
            try await fixture.put("0")
            var readers: [FakeReader] = []
            for (number, query) in Self.queries.enumerated() {
                readers.append(try await fixture.connect(query, from: .start, loop: number % 2))
            }
            for _ in 0..<300 {
                try await change(fixture, &random)
                let number = random.number(0...readers.count - 1)
                switch random.number(0...9) {
                case 0...1: try await readers[number].setWritable(false)
                case 2...3: try await readers[number].setWritable(true)
                case 4: readers[number] = try await resumed(readers[number], fixture, loop: random.number(0...1))
                default: break
                }
            }
            for reader in readers {
                try await reader.setWritable(true)
                let rows = try fixture.rows(reader.query)
                try await reader.reach("the rows of \(reader.query), seed \(seed)") { $0.rows == rows && $0.isReplayed }
            }
        }
    }

    /// Cuts a reader off and connects it again, with the rows that it has.
    private func resumed(
        _ reader: FakeReader, _ fixture: CollectionFixture, loop: Int
    ) async throws -> FakeReader {
        let model = try await reader.model()
        try await reader.cut()
        // A client that was not sent anything yet has nothing.
        return try await fixture.connect(
            reader.query, from: .offset(model.position ?? .start), loop: loop, having: model.rows)
    }

    private func change(_ fixture: CollectionFixture, _ random: inout SeededGenerator) async throws {
        let key = "\(random.number(0...12))"
        switch random.number(0...5) {
        case 0: try await fixture.append("drop", key, [:])
        case 1...2: try await fixture.append("move", key, ["n": .number(JSONNumber(random.number(0...6)))])
        default:
            try await fixture.put(
                key, group: ["a", "b", "c"][random.number(0...2)], n: random.number(0...6),
                text: "\(random.number(0...99))")
        }
    }
}
