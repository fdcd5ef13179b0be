import EventLog
import LMDB
import Synchronization
import Testing

@Suite("Projections") struct ProjectorTests {
    private typealias Failure = CommandError<Names.Taken>

    @Test("of two simultaneous commands that cannot both hold, one wins and one is refused")
    func decides() async throws {
        try await withLog(unsynced) { log in
            let projector = try await log.project(NameProjection())
            for round in 0..<25 {
                let outcomes = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            do throws(Failure) {
                                _ = try await projector.append { state, _ throws(Names.Taken) in
                                    [try state.claim("name \(round)")]
                                }
                                return true
                            } catch {
                                guard case .refused(let taken) = error else { return true }
                                #expect(taken.name == "name \(round)")
                                return false
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.filter { $0 }.count == 1)
            }
            #expect(projector.value.state.taken.count == 25)
            #expect(projector.value.offset == log.head && log.head == 25)
        }
    }

    @Test("sees the events of its own group and of others, and is published only when they are durable")
    func follows() async throws {
        try await withLog { log in
            try await log.append([Names.event("before")])
            let projector = try await log.project(NameProjection())
            #expect(projector.value.state.taken == ["before": 1])
            #expect(projector.loading.snapshot == .start && projector.loading.folded == 1)
            try await log.append([Names.event("direct"), sample()])
            #expect(projector.value.state.taken == ["before": 1, "direct": 2])
            #expect(projector.value.state.seen == 3 && projector.value.offset == 3)
            let nothing = try await projector.append { _, _ throws(Names.Taken) in [] }
            #expect(nothing.offsets.isEmpty && nothing.offset == 3)
        }
    }

    @Test("a decision gets the time that its events will have, also while the clock goes back")
    func decidesAtTime() async throws {
        let clock = TestClock(1000)
        try await withLog({ $0.clock = { clock.now } }) { log in
            let projector = try await log.project(NameProjection())
            for (time, expected) in [(1000, 1000), (2000, 2000), (500, 2000), (2001, 2001)] as [(Int64, Int64)] {
                clock.set(time)
                let receipt = try await projector.append { _, time throws(Names.Taken) in
                    #expect(time == Timestamp(microseconds: expected))
                    return [Names.event("\(time)")]
                }
                #expect(try log.event(at: receipt.offset)?.time == Timestamp(microseconds: expected))
            }
        }
    }

    @Test("a command with an id that the log has is not decided again")
    func idempotent() async throws {
        try await withLog { log in
            let projector = try await log.project(NameProjection())
            let decisions = Atomic(0)
            for _ in 0..<3 {
                let receipt = try await projector.append(id: "command 1") { state, _ throws(Names.Taken) in
                    decisions.add(1, ordering: .relaxed)
                    return [try state.claim("a"), Names.event("b")]
                }
                #expect(receipt.offsets.first == 1)
            }
            #expect(decisions.load(ordering: .relaxed) == 1)
            #expect(log.head == 2)
            #expect(try log.event(at: 1)?.id == "command 1")
        }
    }

    @Test(
        "an id or a decision that exceeds a limit is refused and the log takes further appends",
        arguments: ["", String(repeating: "k", count: 256), String(repeating: "k", count: 600)])
    func badIDs(id: String) async throws {
        try await withLog { log in
            let projector = try await log.project(NameProjection())
            do throws(Failure) {
                _ = try await projector.append(id: id) { _, _ throws(Names.Taken) in [Names.event("a")] }
                Issue.record("not refused")
            } catch {
                guard case .append(let reason) = error else { throw TestFailure("\(error)") }
                #expect(reason.field == "id")
            }
            do throws(Failure) {
                _ = try await projector.append { _, _ throws(Names.Taken) in [Names.event("a"), sample(topic: "*")] }
                Issue.record("not refused")
            } catch {
                guard case .append(let reason) = error else { throw TestFailure("\(error)") }
                #expect(reason.field == "topic")
            }
            #expect(projector.value.state.taken.isEmpty)
            #expect(try await projector.append { state, _ throws(Names.Taken) in [try state.claim("a")] }.offset == 1)
        }
    }

    @Test("loads the newest snapshot and folds only the events after it; two are kept")
    func snapshots() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory)
            let projector = try await log.project(NameProjection())
            for number in 1...5 {
                try await log.append([Names.event("name \(number)")])
                #expect(try await projector.saveSnapshot() == Offset(number))
            }
            try await log.append([Names.event("last"), sample()])
            #expect(try log.snapshots().map(\.offset) == [4, 5])
            #expect(try log.snapshots().allSatisfy { $0.name == "names" })
            log.close()

            let again = try openLog(directory)
            defer { again.close() }
            let loaded = try await again.project(NameProjection())
            #expect(loaded.loading.snapshot == 5 && loaded.loading.folded == 2 && loaded.loading.warnings.isEmpty)
            #expect(loaded.value.state.taken == projector.value.state.taken)
            #expect(loaded.value.state.seen == 7)
            #expect(try again.verify().isSound)
        }
    }

    @Test("a damaged snapshot, and one that this version cannot read, are reported and not used")
    func damagedSnapshots() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory)
            try await log.append([Names.event("a"), Names.event("b"), Names.event("c")])
            let projector = try await log.project(NameProjection())
            _ = try await projector.saveSnapshot()
            try await log.append(Names.event("d"))
            try await log.save(Snapshot(name: "names", offset: 4, state: Array("not a state".utf8)))
            log.close()
            try tamper(directory, .snapshots) { transaction, snapshots throws(LMDBError) in
                var key: [UInt8] = Array("names\u{0}".utf8)
                key += withUnsafeBytes(of: UInt64(3).bigEndian) { Array($0) } + [0, 0, 0, 1]
                try transaction.put(snapshots, key.span.bytes, Array("[3,{}]".utf8).span.bytes)
            }
            let again = try openLog(directory)
            defer { again.close() }
            let loaded = try await again.project(NameProjection())
            #expect(loaded.loading.snapshot == .start && loaded.loading.folded == 4)
            #expect(
                loaded.loading.warnings == [
                    "the snapshot of names at offset 4 cannot be read by this version; it was not used",
                    "the snapshot of names at offset 3 is damaged; it was not used",
                ])
            #expect(loaded.value.state.taken == ["a": 1, "b": 2, "c": 3, "d": 4])
        }
    }

    @Test("shows the past at any offset, before, at and after a snapshot")
    func past() async throws {
        try await withLog(unsynced) { log in
            let projector = try await log.project(NameProjection())
            for number in 1...40 {
                try await log.append(Names.event("name \(number)"))
                if number % 15 == 0 { _ = try await projector.saveSnapshot() }
            }
            for offset in 0...40 {
                let value = try projector.value(at: Offset(offset))
                #expect(value.offset == Offset(offset))
                #expect(value.state.taken.count == offset && value.state.seen == offset)
            }
            #expect(try projector.value(at: 99).offset == 40)
        }
    }

    @Test("large states come back; wrong names, sizes and offsets are refused")
    func snapshotBounds() async throws {
        try await withLog(unsynced) { log in
            try await log.append(sample())
            for size in [0, 1, 32_751, 32_752, 32_753, 300_000] {
                let state = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                try await log.save(Snapshot(name: "n\(size)", offset: 1, state: state))
            }
            #expect(try log.snapshots().map(\.size).sorted() == [0, 1, 32_751, 32_752, 32_753, 300_000])
            #expect(try log.verify().isSound)
            for (snapshot, field) in [
                (Snapshot(name: "", offset: 1, state: []), "name"),
                (Snapshot(name: String(repeating: "n", count: 201), offset: 1, state: []), "name"),
                (Snapshot(name: "a\u{0}", offset: 1, state: []), "name"),
                (Snapshot(name: "a", offset: 2, state: []), "offset"),
            ] {
                let error = await #expect(throws: AppendError.self) { try await log.save(snapshot) }
                #expect(error?.field == field)
            }
        }
    }

    @Test(
        "a full log refuses, keeps state and events as they were, and takes smaller appends; reopened with a larger limit it takes all"
    )
    func full() async throws {
        try await withTemporaryDirectory { directory in
            func limit(_ options: inout EventLog.Options) {
                unsynced(&options)
                options.maximumSize = 1 << 19
            }
            let log = try openLog(directory, limit)
            let projector = try await log.project(NameProjection())
            let large = NewEvent(topic: "large", type: "t.t", data: .bytes([UInt8](repeating: 0, count: 1 << 19)))
            try await log.append(Names.event("a"))
            for _ in 0..<2 {
                do throws(Failure) {
                    _ = try await projector.append { state, _ throws(Names.Taken) in [try state.claim("b"), large] }
                    Issue.record("not refused")
                } catch {
                    guard case .append(let reason) = error else { throw TestFailure("\(error)") }
                    #expect(reason.code == .full)
                    #expect(reason.message.contains("largest size (524288 bytes)"))
                }
                #expect(projector.value.state.taken == ["a": 1])
                #expect(log.head == 1 && log.failure?.code == .full)
            }
            #expect(try await projector.append { state, _ throws(Names.Taken) in [try state.claim("b")] }.offset == 2)
            #expect(log.failure == nil)
            let fill = NewEvent(topic: "fill", type: "t.t", data: .bytes([UInt8](repeating: 0, count: 8000)))
            var count = 2
            while (try? await log.append(fill)) != nil { count += 1 }
            #expect(log.head == Offset(count))
            #expect(try log.verify().isSound)
            log.close()

            let larger = try openLog(directory, unsynced)
            defer { larger.close() }
            #expect(larger.head == Offset(count))
            #expect(try await larger.append(large).offset == Offset(count + 1))
            #expect(try larger.verify().isSound)
        }
    }

    @Test("a snapshot for which there is no room fails alone")
    func fullSnapshot() async throws {
        try await withLog({
            unsynced(&$0)
            $0.maximumSize = 1 << 19
        }) { log in
            try await log.append(sample())
            let error = await #expect(throws: AppendError.self) {
                try await log.save(Snapshot(name: "n", offset: 1, state: [UInt8](repeating: 0, count: 1 << 20)))
            }
            #expect(error?.code == .full)
            #expect(try await log.append(sample()).offset == 2)
        }
    }
}
