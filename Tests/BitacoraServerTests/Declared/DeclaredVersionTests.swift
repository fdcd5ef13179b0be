import Declarations
import EventLog
import JSON
import KeyedRows
import Logging
import Synchronization
import Testing
@testable import BitacoraServer

@Suite struct DeclaredVersionTests {
    private func definition(_ old: String = "", _ new: String = "") throws -> ApplicationDefinition {
        let files = TicketFolder.files.merging([
            "app.json": old.isEmpty ? TicketFolder.definition : TicketFolder.definition.replacing(old, with: new)
        ]) { _, new in new }
        return try ApplicationDefinition(files: files.mapValues { Array($0.utf8) })
    }

    private func environment(
        _ log: EventLog, hear: @escaping @Sendable (String) -> Void = { _ in }
    ) -> DeclaredVersion.Environment {
        DeclaredVersion.Environment(
            log: log, stateLimiter: .forPastStates(),
            logger: Logger(label: "test", factory: { _ in Listener(hear: hear) }))
    }

    /// Keeps what is logged.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        func add(_ line: String) { lines.withLock { $0.append(line) } }

        func beginning(_ text: String) -> [String] { lines.withLock { $0.filter { $0.hasPrefix(text) } } }
    }

    @Test("the collections that a new definition does not have any more are logged once")
    func removed() async throws {
        try await withLog { log in
            let lines = Lines()
            let environment = environment(log) { lines.add($0) }
            let empty = try ApplicationDefinition(files: ["app.json": Array("{}".utf8)])
            for _ in 0..<2 {
                try await DeclaredVersion.first(try definition(), in: environment).store(in: environment)
            }
            #expect(lines.beginning("collections removed").isEmpty)
            for _ in 0..<2 { try await DeclaredVersion.first(empty, in: environment).store(in: environment) }
            #expect(lines.beginning("collections removed") == ["collections removed: people, tickets"])
        }
    }

    private func append(_ count: Int, to log: EventLog) async throws {
        for number in 0..<count {
            let data = JSONValue.object(["by": "Ana", "text": "t"])
            try await log.append(
                NewEvent(topic: "tickets/\(number)", type: "ticket.opened", data: .json(data.bytes)))
        }
    }

    private func since(_ version: DeclaredVersion) -> [ExactText: Offset] { version.collections.mapValues(\.since) }

    @Test("a collection with another definition than the stored one is in force since the head at that start")
    func sinceStart() async throws {
        try await withLog { log in
            try await append(3, to: log)
            let environment = environment(log)
            let first = try await DeclaredVersion.first(try definition(), in: environment)
            #expect(since(first) == ["tickets": .start, "people": .start])
            try await first.store(in: environment)
            let same = try await DeclaredVersion.first(try definition(), in: environment)
            #expect(since(same) == ["tickets": .start, "people": .start])
            let regrouped = try definition(#""tickets": "count", "points""#, #""count": "count", "points""#)
            let second = try await DeclaredVersion.first(regrouped, in: environment)
            #expect(since(second) == ["tickets": .start, "people": 3])
            try await second.store(in: environment)
            try await append(2, to: log)
            let third = try await DeclaredVersion.first(regrouped, in: environment)
            #expect(since(third) == ["tickets": .start, "people": 3])
            let people = try #require(third.collections["people"])
            #expect([0, 3, 4, 5].map { people.isInForce(at: $0) } == [false, false, true, true])
            let tickets = try #require(third.collections["tickets"])
            #expect([0, 5].map { tickets.isInForce(at: $0) } == [true, true])
        }
    }

    @Test(
        "a replaced version shares the collections that did not change, and no position is in force before it settles")
    func next() async throws {
        try await withLog { log in
            try await append(2, to: log)
            let environment = environment(log)
            let first = try await DeclaredVersion.first(try definition(), in: environment)
            let recommanded = try await first.next(
                try definition("\"ticket.grade\"", "\"ticket.rate\""), in: environment)
            #expect(recommanded.roots[0] === first.roots[0])
            #expect(since(recommanded) == ["tickets": .start, "people": .start])
            let changed = try await first.next(try definition("\"=open\"", "\"=new\""), in: environment)
            #expect(changed.roots[0] !== first.roots[0])
            #expect(since(changed) == ["tickets": .end, "people": .end])
            #expect(changed.collections["people"]?.isInForce(at: 2) == false)
            #expect(since(changed.settled(at: log.head)) == ["tickets": 2, "people": 2])
        }
    }

    @Test("the snapshots of changed collections are removed when the definition is stored, and no others")
    func snapshots() async throws {
        try await withLog { log in
            try await append(2, to: log)
            try await log.save(Snapshot(name: "other@0123456789ab", offset: 1, state: [1]))
            let environment = environment(log)
            let first = try await DeclaredVersion.first(try definition(), in: environment)
            try await first.store(in: environment)
            #expect(try await first.roots[0].projector.saveSnapshot() == 2)
            #expect(try log.snapshots().count == 2)
            let second = try await DeclaredVersion.first(try definition("\"=open\"", "\"=new\""), in: environment)
            _ = try await second.roots[0].projector.saveSnapshot()
            try await second.store(in: environment)
            let names = Set(try log.snapshots().map(\.name))
            #expect(names == ["other@0123456789ab", second.roots[0].projector.projection.name])
            let stored = try #require(try log.definition().flatMap(StoredDefinition.init))
            #expect(stored.archive == second.definition.archive)
        }
    }
}
