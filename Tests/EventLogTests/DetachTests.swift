import EventLog
import Synchronization
import Testing

@Suite("Detached projectors") struct DetachTests {
    /// Counts the events that the writer folds.
    private struct CountingProjection: Projection {
        let name = "counting"
        let initial = 0
        let folded: Counter

        final class Counter: Sendable {
            let value = Atomic(0)
        }

        func apply(_ event: borrowing EventView, to state: inout Int) {
            folded.value.add(1, ordering: .relaxed)
            state += 1
        }

        func encode(_ state: Int) -> [UInt8] { Array("\(state)".utf8) }
        func decode(_ bytes: [UInt8]) throws -> Int { Int(String(decoding: bytes, as: UTF8.self)) ?? 0 }
    }

    @Test("the writer folds no further event, the state stays, and other projectors follow the log")
    func stops() async throws {
        try await withLog(unsynced) { log in
            let counter = CountingProjection.Counter()
            let projector = try await log.project(CountingProjection(folded: counter))
            let other = try await log.project(NameProjection())
            try await log.append(samples(1...3))
            await projector.detach()
            await projector.detach()
            try await log.append(samples(4...9))
            #expect(counter.value.load(ordering: .relaxed) == 3)
            #expect((projector.value.state, projector.value.offset) == (3, 3))
            #expect((other.value.state.seen, other.value.offset) == (9, 9))
            #expect(try await projector.saveSnapshot() == 3)
            #expect(try projector.value(at: 2).state == 2)
        }
    }

    @Test("the same projection can be attached again beside the detached one")
    func attachesAgain() async throws {
        try await withLog(unsynced) { log in
            try await log.append(samples(1...3))
            let old = try await log.project(NameProjection())
            let new = try await log.project(NameProjection())
            await old.detach()
            try await log.append(Names.event("a"))
            #expect((old.value.offset, new.value.offset) == (3, 4))
            let receipt = try await new.append { state, _ throws(Names.Taken) in [try state.claim("b")] }
            #expect(receipt.offset == 5)
        }
    }

    @Test("a command on a detached projector is refused, because its state is old")
    func refuses() async throws {
        try await withLog(unsynced) { log in
            let projector = try await log.project(NameProjection())
            await projector.detach()
            do throws(CommandError<Names.Taken>) {
                _ = try await projector.append { state, _ throws(Names.Taken) in [try state.claim("a")] }
                Issue.record("not refused")
            } catch {
                guard case .append(let reason) = error else { throw TestFailure("\(error)") }
                #expect(reason.code == .closed)
                #expect(
                    reason.message
                        == "the projection names was replaced while the command waited; send the command again")
            }
            #expect(log.head == 0)
        }
    }

    @Test("commands that wait while the projector is detached are decided on the whole state, or refused")
    func races() async throws {
        try await withLog(unsynced) { log in
            let projector = try await log.project(NameProjection())
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        if number == 100 { return await projector.detach() }
                        _ = try? await projector.append { state, _ throws(Names.Taken) in
                            // Each name is taken once, so a stale state would take one twice.
                            [try state.claim("name \(number / 4)")]
                        }
                    }
                }
            }
            var model: [String] = []
            _ = try log.scan(after: .start) {
                model.append(String(decoding: $0.data.copied, as: UTF8.self)); return true
            }
            #expect(Set(model).count == model.count)
        }
    }

    @Test("a projector is detached from a closed log, too")
    func closed() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            let projector = try await log.project(NameProjection())
            log.close()
            await projector.detach()
            #expect(projector.value.offset == .start)
        }
    }
}
