import EventLog
import LMDB
import Testing
import TestSupport

@Suite("State at an offset") struct StateTests {
    @Test("equals a fold of all events up to the offset, with snapshots and without", arguments: SeededGenerator.seeds)
    func model(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            let projector = try await log.project(NameProjection())
            for number in 1...40 {
                try await log.append(
                    random.chance(1, of: 3) ? sample(number) : Names.event("name \(random.number(1...20))"))
                if random.chance(1, of: 8) { _ = try await projector.saveSnapshot() }
            }
            log.close()
            let reader = try openLog(directory, reading)
            defer { reader.close() }
            var model = Names()
            for number in 0...40 {
                if number > 0 {
                    _ = try reader.scan(after: Offset(number - 1), through: Offset(number)) {
                        model.apply($0); return false
                    }
                }
                let found = try reader.state(of: NameProjection(), at: Offset(number))
                #expect(found.offset == Offset(number))
                #expect(found.state.taken == model.taken, "seed \(seed), offset \(number)")
                #expect(found.state.seen == model.seen)
                #expect(found.loading.snapshot <= Offset(number))
                #expect(found.loading.snapshot.rawValue + UInt64(found.loading.folded) == UInt64(number))
            }
        }
    }

    @Test("is the state at the head for a larger offset")
    func beyond() async throws {
        try await withLog(unsynced) { log in
            try await log.append(samples(1...3))
            let found = try log.state(of: NameProjection(), at: 99)
            #expect(found.offset == 3)
            #expect(found.state.seen == 3)
        }
    }

    @Test("reports a snapshot that cannot be read, and does not use it")
    func warns() async throws {
        try await withLog(unsynced) { log in
            try await log.append(samples(1...3))
            try await log.save(Snapshot(name: NameProjection().name, offset: 2, state: [7]))
            let found = try log.state(of: NameProjection(), at: 3)
            #expect(found.state.seen == 3)
            #expect(found.loading.warnings.count == 1)
            #expect(found.loading.warnings.first?.contains("offset 2") == true)
        }
    }

    @Test("is made from an earlier state, or from the kept snapshot when the events in between were trimmed")
    func fromEarlier() async throws {
        try await withLog(unsynced) { log in
            let projector = try await log.project(NameProjection())
            try await log.append(samples(1...6))
            let (start, second) = (Names(), try log.state(of: NameProjection(), at: 2).state)
            let folded = try log.state(of: NameProjection(), at: 6, from: second, reached: 2)
            #expect(folded.state.seen == 6)
            #expect(folded.loading.folded == 4)
            _ = try await projector.saveSnapshot()
            try await log.append(samples(7...8))
            try await log.trim(before: 5, projections: [NameProjection()])
            for (earlier, offset) in [(start, 0), (second, 2)] as [(Names, Offset)] {
                #expect(try log.state(of: NameProjection(), at: 8, from: earlier, reached: offset).state.seen == 8)
                #expect(throws: ReadError.gone(first: 5)) {
                    try log.state(of: NameProjection(), at: 3, from: earlier, reached: offset)
                }
            }
        }
    }

    @Test("needs undamaged events")
    func damaged() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await log.append(samples(1...5))
            log.close()
            try tamper(directory, .events) { transaction, events throws(LMDBError) in
                try transaction.put(events, bytes(of: UInt64(3)).span.bytes, [1, 2, 3].span.bytes)
            }
            let reader = try openLog(directory, reading)
            defer { reader.close() }
            #expect(try reader.state(of: NameProjection(), at: 2).state.seen == 2)
            #expect(throws: ReadError.damaged(3)) { try reader.state(of: NameProjection(), at: 3) }
        }
    }
}
