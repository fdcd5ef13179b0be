import EventLog
import Inspection
import JSON
import NIOCore
import TestSupport
import Testing
@testable import BitacoraServer

/// Many subscribers of two loops, which join, fill up, drain and break at random while events are appended.
@Suite struct HubPropertyTests {
    private static let filters = [
        EventFilter.all, EventFilter(topics: patterns("chat")), EventFilter(topics: patterns("auctions/*", "products")),
        EventFilter(types: ["rare"]), EventFilter(topics: patterns("**"), types: ["common"]),
    ]
    private static let topics = ["products", "chat", "auctions/1", "auctions/2"]

    /// A subscriber, and what it asked for.
    private struct Joined: Sendable {
        let hub: Hub
        let connection: NIOLoopBound<FakeConnection>
        let filter: EventFilter
        let encoding: EventEncoding
        let start: StartPoint
        /// The head when it joined, at the earliest and at the latest.
        let joined: ClosedRange<Offset>
    }

    @Test(
        "each is given exactly its events, once and in order", .disabled(if: TestEnvironment.isFastRun),
        arguments: SeededGenerator.seeds)
    func delivery(seed: UInt64) async throws {
        try await withLog { log in
            try await withLoops(2) { loops in
                let source = ChunkSource(log: log)
                let hubs = loops.map { Hub(loop: $0, log: log, source: source, turns: .reads()) }
                let observation = log.observe { _ in for hub in hubs { hub.notify() } }
                async let appended: Void = append(to: log, seed)
                var subscribers: [Joined] = []
                var random = SeededGenerator(seed: seed &+ 1)
                for _ in 0..<400 {
                    if subscribers.count < 60, random.chance(1, of: 4) {
                        subscribers.append(try await join(log, hubs.randomElement(using: &random)!, &random))
                    }
                    if let one = subscribers.randomElement(using: &random) {
                        try await one.hub.loop.run { one.connection.value.open() }
                    }
                }
                try await appended
                for one in subscribers { try await finish(one, log) }
                observation.cancel()
                for one in subscribers { try await check(one, log) }
            }
        }
    }

    private func append(to log: EventLog, _ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            let size = random.chance(1, of: 10) ? 30_000 : 200
            try await log.append(
                (0..<random.number(1...40)).map { _ in
                    sample(
                        topic: Self.topics.randomElement(using: &random)!,
                        type: random.chance(1, of: 50) ? "rare" : "common",
                        size: random.number(0...size))
                })
        }
    }

    private func join(_ log: EventLog, _ hub: Hub, _ random: inout SeededGenerator) async throws -> Joined {
        let filter = Self.filters.randomElement(using: &random)!
        let encoding = random.chance(1, of: 2) ? EventEncoding.webSocket : .serverSentEvents
        let earliest = log.head
        let starts: [StartPoint] = [
            .start, .live, .offset(Offset(UInt64(random.number(0...Int(earliest.rawValue))))),
            .last(random.number(0...50)),
            .position(Position(log: log.id, offset: earliest)),
            .position(Position(log: LogID(rawValue: log.id.rawValue ^ 1), offset: 1)),
        ]
        let start = starts.randomElement(using: &random)!
        let habits = random.next()
        let connection = try await hub.loop.run {
            let habits = Habits(habits)
            let connection = FakeConnection(hub) { _ in habits.next() }
            connection.subscribe(ChunkKind(filter: filter, encoding: encoding), from: start)
            return NIOLoopBound(connection, eventLoop: hub.loop)
        }
        return Joined(
            hub: hub, connection: connection, filter: filter, encoding: encoding, start: start,
            joined: earliest...log.head)
    }

    /// How a connection takes its writes.
    private final class Habits {
        private var random: SeededGenerator

        init(_ seed: UInt64) { random = SeededGenerator(seed: seed) }

        func next() -> FakeConnection.Reaction {
            if random.chance(1, of: 400) { return .breaks }
            if random.chance(1, of: 3) { return .fills }
            return random.chance(1, of: 10) ? .fillsAndDrains : .takesMore
        }
    }

    /// Takes everything there still is for it.
    private func finish(_ one: Joined, _ log: EventLog) async throws {
        let head = log.head
        try await one.hub.loop.reach {
            let connection = one.connection.value
            connection.open()
            guard let subscriber = connection.subscriber else { return true }
            guard case .live = subscriber.phase else { return false }
            return one.hub.head == head
        }
    }

    private func check(_ one: Joined, _ log: EventLog) async throws {
        let (bytes, faults, isClosed) = try await one.hub.loop.run {
            (one.connection.value.received, one.connection.value.faults, one.connection.value.isClosed)
        }
        #expect(faults == [], "\(one.start)")
        var received = try Received(bytes, one.encoding).messages
        if received.first?.control == "reset" {
            guard case .position(let position) = one.start, position.log != log.id else {
                throw TestFailure("a reset for \(one.start)")
            }
            received.removeFirst()
        } else if case .position(let position) = one.start {
            #expect(position.log == log.id || received.isEmpty)
        }
        try checkOffsets(received.compactMap(\.offset), one, log, isClosed: isClosed)
        try checkReplayed(received, isClosed: isClosed)
    }

    private func checkOffsets(_ offsets: [Int], _ one: Joined, _ log: EventLog, isClosed: Bool) throws {
        let matching = try matching(one.filter, log)
        // Where events came while it joined there is more than one right place to begin.
        let first = offsets.first.flatMap { matching.firstIndex(of: $0) } ?? matching.count
        let beginning = "\(one.start) began at \(offsets.first ?? 0), joined at \(one.joined)"
        if !offsets.isEmpty || !isClosed { #expect(firsts(one, matching, log).contains(first), "\(beginning)") }
        // One that broke has a part of it.
        let expected = isClosed ? matching[first...].prefix(offsets.count) : matching[first...]
        let fault = zip(offsets, expected).first { $0 != $1 }
        #expect(fault == nil && offsets.count == expected.count, "\(beginning): \(offsets.count) of \(expected.count)")
    }

    private func matching(_ filter: EventFilter, _ log: EventLog) throws -> [Int] {
        var matching: [Int] = []
        var reached = Offset.start
        while reached < log.head {
            reached = try log.scan(after: reached, filter: filter) { event in
                matching.append(Int(event.offset.rawValue))
                return true
            }
        }
        return matching
    }

    /// Where in `matching` it may begin.
    private func firsts(_ one: Joined, _ matching: [Int], _ log: EventLog) -> ClosedRange<Int> {
        func count(through offset: Offset) -> Int { matching.prefix { $0 <= Int(offset.rawValue) }.count }
        let earliest = count(through: one.joined.lowerBound)
        switch one.start {
        case .live: return earliest...count(through: one.joined.upperBound)
        // The last ones are looked for after it has joined, however long that takes.
        case .last(let last): return max(0, earliest - last)...max(0, count(through: log.head) - last)
        case .offset(let offset): return count(through: offset)...count(through: offset)
        case .position(let position) where position.log == log.id: return earliest...earliest
        default: return 0...0
        }
    }

    private func checkReplayed(_ messages: [Received.Message], isClosed: Bool) throws {
        let places = messages.indices.filter { messages[$0].control == "replayed" }
        #expect(messages.allSatisfy { $0.control == nil || $0.control == "replayed" })
        #expect(places.count == 1 || (isClosed && places.isEmpty))
        guard let place = places.first, let head = messages[place].json["head"]?.int else { return }
        #expect(messages[..<place].allSatisfy { $0.offset ?? 0 <= head })
        #expect(messages[(place + 1)...].allSatisfy { $0.offset ?? 0 > head })
    }
}
