import EventLog
import Inspection
import JSON
import NIOCore
import Synchronization
import Testing
@testable import BitacoraServer

@Suite struct HubTests {
    private static let everything = ChunkKind(filter: .all, encoding: .webSocket)

    /// Runs `body` on a loop with a hub of a log of `count` events.
    private func withHub(
        _ count: Int, size: Int = 8, _ body: (Hub, EventLog, any EventLoop) async throws -> Void
    ) async throws {
        try await withLog { log in
            if count > 0 { try await log.append(samples(count, size: size)) }
            try await withLoops(1) { loops in
                try await body(
                    Hub(loop: loops[0], log: log, source: ChunkSource(log: log), readLimiter: .forReads()), log,
                    loops[0])
            }
        }
    }

    /// Makes a connection on the loop.
    private func connect(
        _ hub: Hub, from start: StartPoint = .start, _ kind: ChunkKind = everything,
        _ react: @escaping @Sendable (Int) -> FakeConnection.Reaction = { _ in .takesMore }
    ) async throws -> NIOLoopBound<FakeConnection> {
        try await hub.loop.run {
            let connection = FakeConnection(hub, react: react)
            connection.subscribe(kind, from: start)
            return NIOLoopBound(connection, eventLoop: hub.loop)
        }
    }

    private func received(_ connection: NIOLoopBound<FakeConnection>, _ hub: Hub) async throws -> Received {
        let (bytes, faults) = try await hub.loop.run { (connection.value.received, connection.value.faults) }
        #expect(faults == [])
        return try Received(bytes, .webSocket)
    }

    @Test("history comes first, then the message replayed, then new events")
    func replayThenLive() async throws {
        try await withHub(3) { hub, log, loop in
            let connection = try await connect(hub)
            #expect(
                try await received(connection, hub).messages.map { $0.control ?? "\($0.offset ?? 0)" } == [
                    "1", "2", "3", "replayed",
                ])
            try await log.append(samples(2))
            hub.notify()
            #expect(try await received(connection, hub).offsets == [1, 2, 3, 4, 5])
            #expect(try await received(connection, hub).controls == ["replayed"])
        }
    }

    @Test("an empty log is replayed at once")
    func empty() async throws {
        try await withHub(0) { hub, log, loop in
            let connection = try await connect(hub)
            #expect(try await received(connection, hub).messages.map { $0.json["head"]?.int } == [0])
        }
    }

    @Test("a position of another log is answered with reset first")
    func reset() async throws {
        try await withHub(2) { hub, log, loop in
            let position = Position(log: LogID(rawValue: log.id.rawValue ^ 1), offset: 1)
            let connection = try await connect(hub, from: .position(position))
            let messages = try await received(connection, hub).messages
            #expect(messages.map { $0.control ?? "\($0.offset ?? 0)" } == ["reset", "1", "2", "replayed"])
        }
    }

    @Test("a batch is one write for each live subscriber")
    func oneWrite() async throws {
        try await withHub(0) { hub, log, loop in
            let connections = [try await connect(hub), try await connect(hub)]
            try await log.append(samples(50))
            hub.notify()
            for connection in connections {
                #expect(try await received(connection, hub).offsets == Array(1...50))
                #expect(try await loop.run { connection.value.writes } == 2)
            }
        }
    }

    @Test("an event is encoded once for all filters that it matches, on all loops, and not for others")
    func encodedOnce() async throws {
        try await withLog { log in
            try await withLoops(2) { loops in
                let source = ChunkSource(log: log)
                let hubs = loops.map { Hub(loop: $0, log: log, source: source, readLimiter: .forReads()) }
                var chat: [(Hub, NIOLoopBound<FakeConnection>)] = []
                var others: [(Hub, NIOLoopBound<FakeConnection>)] = []
                for number in 0..<100 {
                    let hub = hubs[number % 2]
                    let topics = EventFilter(topics: patterns("chat", "rooms/\(number)"))
                    chat.append((hub, try await connect(hub, ChunkKind(filter: topics, encoding: .webSocket))))
                    let types = EventFilter(topics: patterns("**"), types: ["t.\(number)"])
                    others.append((hub, try await connect(hub, ChunkKind(filter: types, encoding: .webSocket))))
                }
                let before = source.encodedCount
                try await log.append(samples(1, topic: "chat"))
                for hub in hubs { hub.notify() }
                for (hub, connection) in chat { #expect(try await received(connection, hub).offsets == [1]) }
                for (hub, connection) in others { #expect(try await received(connection, hub).offsets == []) }
                #expect(source.encodedCount == before + 1)
            }
        }
    }

    @Test("a commit of any size is matched against any number of filters, one step at a time")
    func steps() async throws {
        try await withHub(0) { hub, log, loop in
            var connections: [NIOLoopBound<FakeConnection>] = []
            for number in 0..<40 {
                let filter = EventFilter(topics: patterns("rooms/\(number % 20)", "all"))
                connections.append(try await connect(hub, ChunkKind(filter: filter, encoding: .webSocket)))
            }
            let everything = try await connect(hub)
            let heads = Mutex<Set<Offset>>([])
            let watching = try await connect(
                hub, ChunkKind(filter: EventFilter(topics: patterns("all")), encoding: .webSocket)
            ) { _ in
                _ = heads.withLock { $0.insert(hub.head) }
                return .takesMore
            }
            let topics = (0..<3000).map { $0.isMultiple(of: 3) ? "all" : "rooms/\($0 % 20)" }
            try await log.append(topics.map { sample(topic: $0) })
            hub.notify()
            try await loop.reach { hub.head == 3000 }
            #expect(heads.withLock { $0.count } > 5, "each step moves the head")
            #expect(try await received(watching, hub).offsets.count == 1000)
            #expect(try await received(everything, hub).offsets == Array(1...3000))
            for (number, connection) in connections.enumerated() {
                let expected = topics.indices.filter { topics[$0] == "all" || topics[$0] == "rooms/\(number % 20)" }.map
                { $0 + 1 }
                #expect(try await received(connection, hub).offsets == expected)
            }
        }
    }

    @Test("a subscriber that is not writable gets nothing, and the rest when it is writable again")
    func behind() async throws {
        try await withHub(0) { hub, log, loop in
            let slow = try await connect(hub)
            let quick = try await connect(hub)
            try await loop.run { slow.value.fill() }
            for _ in 0..<20 {
                try await log.append(samples(10, size: 5000))
                hub.notify()
            }
            #expect(try await received(slow, hub).offsets == [])
            #expect(try await received(quick, hub).offsets == Array(1...200))
            try await loop.run { slow.value.open() }
            try await loop.reach { slow.value.subscriber?.phase == .live(index: 1) }
            #expect(try await received(slow, hub).offsets == Array(1...200))
            #expect(try await received(slow, hub).controls == ["replayed"])
        }
    }

    @Test("history is written one chunk at a time, while the connection is writable")
    func backPressure() async throws {
        try await withHub(1000, size: 1000) { hub, log, loop in
            let connection = try await connect(hub) { _ in .fills }
            #expect(try await loop.run { connection.value.writes } == 1)
            while try await loop.run({ connection.value.subscriber?.isReplayed == false }) {
                let before = try await loop.run { connection.value.writes }
                try await loop.run { connection.value.open() }
                #expect(try await loop.run { connection.value.writes } == before + 1)
            }
            #expect(try await received(connection, hub).offsets == Array(1...1000))
        }
    }

    @Test("a long history does not keep the loop from serving others")
    func longHistoryYields() async throws {
        try await withHub(4000, size: 1000) { hub, log, loop in
            let (connection, written) = try await loop.run {
                let connection = FakeConnection(hub)
                connection.subscribe(Self.everything, from: .start)
                return (NIOLoopBound(connection, eventLoop: loop), connection.received.readableBytes)
            }
            // Not even the first chunk is read on the loop.
            #expect(written == 0)
            try await loop.reach { connection.value.subscriber?.isReplayed == true }
            #expect(try await received(connection, hub).offsets == Array(1...4000))
        }
    }

    @Test("the bytes that were read for a connection that is no longer writable are dropped")
    func fullWhileReading() async throws {
        try await withHub(4000) { hub, log, loop in
            let connection = try await loop.run {
                let connection = FakeConnection(hub)
                connection.subscribe(Self.everything, from: .start)
                connection.fill()
                return NIOLoopBound(connection, eventLoop: loop)
            }
            try await loop.reach { connection.value.subscriber?.phase == .behind }
            let keepsBytes = try await loop.run {
                if case .some = connection.value.subscriber?.read { true } else { false }
            }
            #expect(!keepsBytes)
            #expect(try await received(connection, hub).messages.isEmpty)
            try await loop.run { connection.value.open() }
            try await loop.reach { connection.value.subscriber?.isReplayed == true }
            #expect(try await received(connection, hub).offsets == Array(1...4000))
        }
    }

    @Test("a connection may end in any write, and the other subscribers lose nothing", arguments: 1...4)
    func breaking(at write: Int) async throws {
        try await withHub(100, size: 2000) { hub, log, loop in
            let others = [try await connect(hub), try await connect(hub)]
            let breaking = try await connect(hub) { $0 == write ? .breaks : .takesMore }
            let last = try await connect(hub)
            for _ in 0..<4 {
                try await log.append(samples(5))
                hub.notify()
            }
            for connection in others + [last] { #expect(try await received(connection, hub).offsets == Array(1...120)) }
            _ = try await received(breaking, hub)
            #expect(try await loop.run { breaking.value.isClosed })
            #expect(try await loop.run { hub.subscriberCount } == 3)
        }
    }

    @Test("the last N matching events are searched on another thread")
    func walking() async throws {
        try await withHub(9000) { hub, log, loop in
            try await log.append(samples(3, topic: "chat"))
            let kind = ChunkKind(filter: EventFilter(topics: patterns("chat")), encoding: .webSocket)
            let connection = try await connect(hub, from: .last(2), kind)
            try await log.append(samples(1, topic: "chat"))
            hub.notify()
            try await loop.reach { connection.value.subscriber?.isReplayed == true }
            let offsets = try await received(connection, hub).offsets
            #expect([[9002, 9003, 9004], [9003, 9004]].contains(offsets))
        }
    }

    @Test("a subscriber that leaves during the search for its start is removed")
    func leaving() async throws {
        try await withHub(9000) { hub, log, loop in
            let kind = ChunkKind(filter: EventFilter(types: ["none"]), encoding: .webSocket)
            let connection = try await connect(hub, from: .last(2), kind)
            let search = try await loop.run { () -> Task<Void, Never>? in
                let search = connection.value.subscriber?.startSearch
                connection.value.close()
                return search
            }
            await search?.value
            #expect(try await received(connection, hub).messages.isEmpty)
            #expect(try await loop.run { hub.subscriberCount } == 0)
        }
    }

    @Test("a log that cannot be read ends the connection with the reason")
    func unreadable() async throws {
        try await withHub(3) { hub, log, loop in
            let live = try await connect(hub)
            log.close()
            let late = try await connect(hub, from: .offset(1))
            #expect(try await loop.run { late.value.failure } != nil)
            #expect(try await loop.run { hub.subscriberCount } == 1)
            #expect(try await received(live, hub).offsets == [1, 2, 3])
        }
    }
}
