import EventLog
import LMDB
import TestSupport
import Testing

@Suite("Projections that begin after trimmed events") struct LateProjectionTests {
    private static let projection = LateNameProjection()

    /// Appends 100 events, every third a name, and trims those before 41.
    private static func fillAndTrim(_ log: EventLog) async throws {
        try await append(1...100, to: log)
        try await log.trim(before: 41, projections: [])
    }

    private static func append(_ numbers: ClosedRange<Int>, to log: EventLog) async throws {
        try await log.append(numbers.map { $0 % 3 == 0 ? Names.event("name \($0)") : sample($0) })
    }

    /// The state that a plain fold of the events after `start` and through `end` gives.
    private static func expected(after start: Int, through end: Int) -> LateNames {
        var state = LateNames(startedAfter: Offset(start))
        state.names.seen = end - start
        for number in (start + 1)...max(end, start + 1) where number % 3 == 0 && number <= end {
            state.names.taken["name \(number)"] = Offset(number)
        }
        return state
    }

    @Test("the state begins after the last trimmed event, says so, and follows the log")
    func begins() async throws {
        try await withLog(unsynced) { log in
            try await Self.fillAndTrim(log)
            let projector = try await log.project(Self.projection)
            #expect(projector.value.state == Self.expected(after: 40, through: 100))
            #expect(projector.loading.startedAfter == 40)
            #expect((projector.loading.snapshot, projector.loading.folded) == (.start, 60))
            #expect(
                projector.loading.warnings == [
                    "the state of late names begins after offset 40: the events before were trimmed, and no usable snapshot replaces them"
                ])
            try await Self.append(101...110, to: log)
            #expect(projector.value.state == Self.expected(after: 40, through: 110))
        }
    }

    @Test("a projection that needs every event is still refused")
    func refused() async throws {
        try await withLog(unsynced) { log in
            try await Self.fillAndTrim(log)
            let error = await #expect(throws: AppendError.self) { _ = try await log.project(NameProjection()) }
            #expect(error?.message.contains("the events before offset 41 are no longer kept") == true)
        }
    }

    @Test("nothing is left out of a whole log")
    func whole() async throws {
        try await withLog(unsynced) { log in
            try await Self.append(1...10, to: log)
            let projector = try await log.project(Self.projection)
            #expect(projector.value.state == Self.expected(after: 0, through: 10))
            #expect(projector.loading.startedAfter == nil && projector.loading.warnings.isEmpty)
        }
    }

    @Test("past states exist from the beginning on; an earlier offset is gone")
    func past() async throws {
        try await withLog(unsynced) { log in
            try await Self.fillAndTrim(log)
            let projector = try await log.project(Self.projection)
            for offset in 40...100 {
                let state = Self.expected(after: 40, through: offset)
                let found = try log.state(of: Self.projection, at: Offset(offset))
                #expect(found.state == state && found.loading.startedAfter == 40, "\(offset)")
                #expect(try projector.value(at: Offset(offset)).state == state, "\(offset)")
            }
            for offset in [1, 39] {
                #expect(throws: ReadError.gone(first: 41)) { try log.state(of: Self.projection, at: Offset(offset)) }
                #expect(throws: ReadError.gone(first: 41)) { try projector.value(at: Offset(offset)) }
            }
            // From an earlier state than the first event kept.
            let again = try log.state(of: Self.projection, at: 60, from: LateNames(), reached: .start)
            #expect(again.state == Self.expected(after: 40, through: 60))
        }
    }

    @Test("a snapshot keeps the beginning, after a reopening and after a later trim")
    func snapshot() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await Self.fillAndTrim(log)
            let projector = try await log.project(Self.projection)
            try await log.trim(before: 61, projections: [Self.projection])
            _ = try await projector.saveSnapshot()
            log.close()
            let again = try openLog(directory, unsynced)
            defer { again.close() }
            #expect(try again.snapshots().map(\.offset) == [60, 100])
            let later = try await again.project(Self.projection)
            #expect(later.value.state == Self.expected(after: 40, through: 100))
            #expect(later.loading.startedAfter == nil && later.loading.warnings.isEmpty)
            for offset in 60...100 {
                #expect(try later.value(at: Offset(offset)).state == Self.expected(after: 40, through: offset))
            }
            #expect(throws: ReadError.gone(first: 61)) { try later.value(at: 59) }
        }
    }

    @Test("without the past, a state before the snapshot is gone, and is not begun again")
    func withoutPast() async throws {
        try await withLog(unsynced) { log in
            try await Self.append(1...100, to: log)
            let projector = try await log.project(Self.projection)
            try await log.trim(before: 41, projections: [Self.projection], keepsPast: false)
            #expect(throws: ReadError.gone(first: 41)) { try projector.value(at: 99) }
            #expect(try log.state(of: Self.projection, at: 100).state == Self.expected(after: 0, through: 100))
        }
    }

    @Test("a snapshot that cannot be read, or is older than the trimmed events, is not used")
    func unusable() async throws {
        try await withLog(unsynced) { log in
            try await Self.append(1...30, to: log)
            try await log.save(Snapshot(name: "late names", offset: 30, state: Self.projection.encode(LateNames())))
            try await Self.append(31...100, to: log)
            // A trim accepts a snapshot that it cannot decode.
            try await log.save(Snapshot(name: "late names", offset: 90, state: [1]))
            try await log.trim(before: 41, projections: [])
            let projector = try await log.project(Self.projection)
            #expect(projector.value.state == Self.expected(after: 40, through: 100))
            #expect(projector.loading.startedAfter == 40 && projector.loading.warnings.count == 2)
        }
    }

    @Test("verify, repair, backup and restore find no fault in it, and a wrong later snapshot is found")
    func verified() async throws {
        try await withLog(unsynced) { log in
            try await Self.fillAndTrim(log)
            let projector = try await log.project(Self.projection)
            for numbers in [101...110, 111...120] {
                _ = try await projector.saveSnapshot()
                try await Self.append(numbers, to: log)
            }
            #expect(try log.verify(projections: [Self.projection]).isSound)
            #expect(try await log.repair(projections: [Self.projection]).removed.isEmpty)
            let wrong = Self.projection.encode(Self.expected(after: 41, through: 120))
            try await log.save(Snapshot(name: "late names", offset: 120, state: wrong))
            #expect(try await log.repair(projections: [Self.projection]).removed.map(\.offset) == [120])
            #expect(try log.state(of: Self.projection, at: 120).state == Self.expected(after: 40, through: 120))
        }
    }

    @Test("snapshots of unused projections are removed, so that they do not prevent a trim")
    func removesUnused() async throws {
        try await withLog(unsynced) { log in
            try await Self.append(1...20, to: log)
            for name in ["old@1", "old@2", "names"] {
                try await log.save(Snapshot(name: name, offset: 10, state: [UInt8](repeating: 1, count: 100_000)))
            }
            await #expect(throws: MaintenanceError.self) {
                try await log.trim(before: 15, projections: [NameProjection()])
            }
            #expect(try await log.removeSnapshots { $0.hasPrefix("old@") } == ["old@1", "old@2"])
            #expect(try await log.removeSnapshots { $0.hasPrefix("old@") }.isEmpty)
            #expect(try log.snapshots().map(\.name) == ["names"])
            #expect(try await log.trim(before: 15, projections: [NameProjection()]) == 14)
        }
    }

    @Test(
        "equals a plain fold at every offset under random appends, trims, snapshots and restarts",
        arguments: SeededGenerator.seeds)
    func model(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withTemporaryDirectory { directory in
            var log = try openLog(directory, unsynced)
            var (first, head, start) = (1, 30, Int?.none)
            try await Self.append(1...30, to: log)
            var projector: Projector<LateNameProjection>?
            for step in 0..<60 {
                switch random.number(0...9) {
                case 0...3:
                    let count = random.number(1...9)
                    try await Self.append((head + 1)...(head + count), to: log)
                    head += count
                case 4:
                    let before = random.number(1...head)
                    // As long as the projection is not used, trims do not store its state.
                    let used = start == nil ? [] : [Self.projection]
                    _ = try await log.trim(before: Offset(before), projections: used)
                    first = max(first, before)
                case 5 where projector == nil:
                    projector = try await log.project(Self.projection)
                    if start == nil { start = first - 1 }
                case 6: _ = try await projector?.saveSnapshot()
                case 7:
                    // A projection without a snapshot may begin elsewhere after a restart.
                    if try log.snapshots().isEmpty { start = nil }
                    log.close()
                    projector = nil
                    log = try openLog(directory, unsynced)
                default:
                    guard let start else { continue }
                    let offset = random.number(max(first - 1, 1)...head)
                    let found = try log.state(of: Self.projection, at: Offset(offset)).state
                    #expect(found == Self.expected(after: start, through: offset), "seed \(seed), step \(step)")
                }
                if let projector, let start {
                    #expect(
                        projector.value.state == Self.expected(after: start, through: head),
                        "seed \(seed), step \(step)")
                }
            }
            #expect(try log.verify(projections: [Self.projection]).isSound, "seed \(seed)")
            log.close()
        }
    }
}
