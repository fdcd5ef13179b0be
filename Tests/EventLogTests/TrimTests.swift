import EventLog
import Glibc
import LMDB
import TestSupport
import Testing

@Suite("Trim") struct TrimTests {
    /// Events of three topics and two types, every second with an id, every fifth a name that is taken.
    private static func event(_ number: Int) -> NewEvent {
        number % 5 == 0
            ? Names.event("name \(number)")
            : sample(
                number, topic: "t/\(number % 3)", type: "t.\(number % 2)", id: number % 2 == 0 ? "id \(number)" : nil)
    }

    private static func fill(_ log: EventLog, _ numbers: ClosedRange<Int>) async throws {
        try await log.append(numbers.map(event))
    }

    @Test("the events before the offset are removed from the events, the indexes and the counts, and the rest is sound")
    func trims() async throws {
        try await withLog(unsynced) { log in
            try await Self.fill(log, 1...100)
            #expect(try await log.trim(before: 41, projections: []) == 40)
            #expect((log.first, log.head) == (41, 100))
            #expect(try log.read().events.map(\.offset) == (41...100).map { Offset($0) })
            #expect(try log.event(at: 40) == nil)
            #expect(try log.event(at: 41)?.offset == 41)
            #expect(try log.offset(ofID: "id 38") == nil)
            #expect(try log.offset(ofID: "id 42") == 42)
            let expected = Dictionary(grouping: (41...100).map(Self.event), by: \.type).mapValues(\.count)
            #expect(try Dictionary(uniqueKeysWithValues: log.types().map { ($0.name, $0.events) }) == expected)
            #expect(try log.topics().reduce(0) { $0 + $1.events } == 60)
            #expect(try log.readBackward(limit: 1000).events.last?.offset == 41)
            #expect(try log.verify().isSound)
            #expect(try await log.append(sample()).offset == 101)
        }
    }

    @Test("a reader inside the trimmed events gets an error, and one from the start begins at the first event kept")
    func gone() async throws {
        try await withLog(unsynced) { log in
            try await Self.fill(log, 1...50)
            try await log.trim(before: 21, projections: [])
            #expect(throws: ReadError.gone(first: 21)) { try log.scan(after: 10) { _ in true } }
            let topic = EventFilter(topics: [try #require(TopicPattern("t/1"))])
            #expect(throws: ReadError.gone(first: 21)) { try log.scan(after: 10, filter: topic) { _ in true } }
            #expect(try log.read(after: 20).events.first?.offset == 21)
            #expect(try log.read(after: .start).events.first?.offset == 21)
            // Also where all of what was asked for is gone: nothing is left out without a word.
            #expect(throws: ReadError.gone(first: 21)) { try log.read(after: 3, through: 9) }
            #expect(try log.event(at: 7) == nil)
            #expect(try log.offset(at: .init(rawValue: .min)) == 21)
        }
    }

    @Test(
        "the event at the head always stays, and nothing is trimmed twice",
        arguments: [50, 51, 1_000_000] as [Offset])
    func keepsHead(before: Offset) async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await Self.fill(log, 1...50)
            #expect(try await log.trim(before: before, projections: []) == 49)
            #expect(try await log.trim(before: before, projections: []) == 0)
            #expect(try await log.trim(before: 3, projections: []) == 0)
            log.close()
            let again = try openLog(directory, unsynced)
            defer { again.close() }
            #expect((again.first, again.head) == (50, 50))
            #expect(try await again.append(sample()).offset == 51)
            #expect(try again.verify().isSound)
        }
    }

    @Test("projections are right after a reopening, and at every offset from the one before the first kept on")
    func projections() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await Self.fill(log, 1...100)
            let projector = try await log.project(NameProjection())
            let states = try (1...100).map { try projector.value(at: Offset($0)).state }
            try await log.trim(before: 41, projections: [NameProjection()])
            // Newer snapshots do not remove the one that replaces the trimmed events.
            for _ in 0..<4 {
                try await log.append(sample())
                _ = try await projector.saveSnapshot()
            }
            #expect(try log.snapshots().map(\.offset) == [40, 103, 104])
            log.close()
            let again = try openLog(directory, unsynced)
            defer { again.close() }
            let later = try await again.project(NameProjection())
            #expect(later.value.state == projector.value.state)
            for offset in 40...100 {
                #expect(try later.value(at: Offset(offset)).state == states[offset - 1], "\(offset)")
            }
            #expect(throws: ReadError.gone(first: 41)) { try later.value(at: 39) }
            #expect(try again.verify(projections: [NameProjection()]).isSound)
        }
    }

    @Test("without the past, one snapshot at the head is enough, and older states are refused")
    func withoutPast() async throws {
        try await withLog(unsynced) { log in
            try await Self.fill(log, 1...100)
            let projector = try await log.project(NameProjection())
            try await log.trim(before: 41, projections: [NameProjection()], keepsPast: false)
            #expect(try log.snapshots().map(\.offset) == [100])
            #expect(throws: ReadError.gone(first: 41)) { try projector.value(at: 99) }
            #expect(projector.value.offset == 100)
        }
    }

    @Test("a projection that is not given must have a snapshot that is new enough, or nothing is trimmed")
    func uncovered() async throws {
        try await withLog(unsynced) { log in
            try await Self.fill(log, 1...10)
            try await log.save(Snapshot(name: "other", offset: 5, state: [1]))
            let error = await #expect(throws: MaintenanceError.self) { try await log.trim(before: 8, projections: []) }
            #expect(error == .uncovered(projection: "other", newest: 5))
            #expect(log.first == 1)
            #expect(try await log.trim(before: 6, projections: []) == 5)
        }
    }

    @Test("a fold of trimmed events that no snapshot replaces is an error, never a wrong state")
    func noSnapshot() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await Self.fill(log, 1...10)
            try await log.trim(before: 6, projections: [])
            let error = await #expect(throws: AppendError.self) { try await log.project(NameProjection()) }
            #expect(
                error?.message
                    == "the state of names cannot be rebuilt: the events before offset 6 are no longer kept, and no usable snapshot replaces them; restore a backup"
            )
            log.close()
        }
    }

    @Test("a writer in another process appends during the trim, and both see the same first event")
    func besideWriter() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            defer { log.close() }
            try await Self.fill(log, 1...9000)
            async let appending: Void = {
                for number in 9001...9200 { try await log.append(Self.event(number)) }
            }()
            await #expect(processExitsWith: .exitCode(7)) { [directory = directory as String] in
                let other = try openLog(directory) { $0.access = .maintain }
                let removed = try await other.trim(before: 8001, projections: [NameProjection()])
                exit(removed == 8000 && other.first == 8001 ? 7 : 1)
            }
            try await appending
            #expect((log.first, log.head) == (8001, 9200))
            #expect(try log.read(limit: 10_000).events.map(\.offset) == (8001...9200).map { Offset($0) })
            #expect(try log.verify(projections: [NameProjection()]).isSound)
        }
    }

    @Test("a log open for reading cannot be trimmed")
    func readOnly() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await Self.fill(log, 1...10)
            log.close()
            let reader = try openLog(directory, reading)
            defer { reader.close() }
            let error = await #expect(throws: MaintenanceError.self) {
                try await reader.trim(before: 5, projections: [])
            }
            #expect(error == .write(AppendError(.closed, "the log is open for reading only")))
        }
    }

    @Test(
        "under random appends, trims, snapshots and reopenings the log is the rest of an array",
        arguments: SeededGenerator.seeds)
    func model(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withTemporaryDirectory { directory in
            var log = try openLog(directory, unsynced)
            var projector = try await log.project(NameProjection())
            var states = [Names()]
            var first = 1
            for step in 0..<400 {
                switch random.number(0...19) {
                case 0:
                    log.close()
                    log = try openLog(directory, unsynced)
                    projector = try await log.project(NameProjection())
                case 1...3:
                    let before = random.number(0...states.count + 3)
                    let removed = try await log.trim(before: Offset(before), projections: [NameProjection()])
                    let expected = max(first, min(before, states.count - 1))
                    #expect(removed == expected - first, "step \(step)")
                    first = expected
                case 4:
                    _ = try await projector.saveSnapshot()
                case 5...8 where states.count > first:
                    let offset = random.number(max(first - 1, 1)...max(states.count - 1, 1))
                    #expect(try projector.value(at: Offset(offset)).state == states[offset], "step \(step)")
                default:
                    let count = random.number(1...40)
                    for _ in 0..<count {
                        try await log.append(Self.event(states.count))
                        states.append(projector.value.state)
                    }
                }
                #expect((log.first, log.head) == (Offset(first), Offset(states.count - 1)))
            }
            #expect(try log.verify(projections: [NameProjection()]).isSound)
            log.close()
        }
    }
}
