import EventLog
import TestSupport
import Testing

@Suite("Following") struct FollowTests {
    @Test(
        "followers who join at random moments under full speed each see every event once, in order",
        arguments: SeededGenerator.seeds)
    func noGapNoDuplicate(seed: UInt64) async throws {
        let total = 3000
        var random = SeededGenerator(seed: seed)
        let joins = (0..<10).map { _ in
            (random.number(0...total - 1), random.chance(1, of: 2) ? 0 : random.number(0...total))
        }
        try await withLog(unsynced) { log in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (moment, after) in joins {
                    group.addTask {
                        // Joins once the head is where its dice said.
                        await log.waitForEvents(after: Offset(max(moment, 1)).previous)
                        var next = after + 1
                        guard next <= total else { return }
                        for try await event in log.events(after: Offset(after)) {
                            guard event.offset == Offset(next) else {
                                throw TestFailure("\(event.offset) instead of \(next), after \(after)")
                            }
                            if next == total { return }
                            next += 1
                        }
                        throw TestFailure("ended at \(next)")
                    }
                }
                for producer in 0..<3 {
                    group.addTask {
                        for number in 0..<total / 30 {
                            try await log.append(samples(1...10, topic: "p/\(producer)/\(number % 3)"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(log.head == Offset(total))
        }
    }

    @Test("a filtered follower sees matching events only")
    func filtered() async throws {
        try await withLog(unsynced) { log in
            async let seen = {
                var offsets: [Offset] = []
                for try await event in log.events(filter: EventFilter(topics: [TopicPattern("even")!])) {
                    offsets.append(event.offset)
                    if offsets.count == 50 { break }
                }
                return offsets
            }()
            for number in 1...100 { try await log.append(sample(number, topic: number % 2 == 0 ? "even" : "odd")) }
            #expect(try await seen == (1...50).map { Offset($0 * 2) })
        }
    }

    @Test("cancelling ends a follower that waits, and one that replays")
    func cancels() async throws {
        try await withLog(unsynced) { log in
            try await log.append(samples(1...5000))
            let waiting = Task {
                var count = 0
                for try await _ in log.events(after: 5000) { count += 1 }
                return count
            }
            waiting.cancel()
            #expect(try await waiting.value == 0)
            let replaying = Task {
                var count = 0
                for try await _ in log.events() {
                    count += 1
                    if count == 10 { withUnsafeCurrentTask { $0?.cancel() } }
                }
                return count
            }
            #expect(try await replaying.value == 10)
        }
    }

    @Test("closing ends every follower")
    func closes() async throws {
        try await withLog(unsynced) { log in
            try await log.append(samples(1...10))
            let followers = (0..<5).map { number in
                Task {
                    var count = 0
                    for try await _ in log.events(after: Offset(number)) { count += 1 }
                    return count
                }
            }
            await log.waitForEvents(after: 9)
            try await log.append(sample())
            log.close()
            for (number, follower) in followers.enumerated() { #expect(try await follower.value <= 11 - number) }
        }
    }
}
