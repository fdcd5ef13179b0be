import NIOCore
@testable import SocketIO
import Synchronization
import TestSupport
import Testing

@Suite("Acknowledgements of clients, over real sockets", .timeLimit(.minutes(1)))
struct AckTests {
    /// The ack id of `2ID["question"…`.
    private static func id(_ packet: String) -> String { String(packet.dropFirst().prefix { $0.isNumber }) }

    @Test("emitWithAck returns what the client answers")
    func answered() async throws {
        try await SocketIOTestServer.run { server in
            let client = try await server.client()
            let socket = try #require(await server.io.fetchSockets().first)
            async let number: Int = socket.emitWithAck("question", "a", timeout: .seconds(30))
            let question = try await client.next()
            #expect(question.hasSuffix(#"["question","a"]"#))
            try await client.send("3\(Self.id(question))[42,1]")
            #expect(try await number == 42)
            #expect(socket.state.withLock { $0.acks.isEmpty })
        }
    }

    @Test("an answer of another type, a late one and one that no caller waits for do no harm")
    func wrongAnswers() async throws {
        try await SocketIOTestServer.run { server in
            let client = try await server.client()
            let socket = try #require(await server.io.fetchSockets().first)
            await #expect(throws: AckFailure.timedOut) {
                let _: Int = try await socket.emitWithAck("question", timeout: .milliseconds(1))
            }
            let late = Self.id(try await client.next())
            try await client.send("3\(late)[1]")
            try await client.send("3999[1]")
            let number = Task { try await socket.emitWithAck("question", as: Int.self, timeout: .seconds(30)) }
            try await client.send("3\(Self.id(try await client.next()))[\"text\"]")
            await #expect(throws: ArgumentError.self) { try await number.value }
            async let raw: Arguments = socket.emitWithAck("question", timeout: .seconds(30))
            try await client.send("3\(Self.id(try await client.next()))[1,2,3]")
            #expect(try await raw.count == 3)
        }
    }

    @Test("a caller that waits for an answer gets an error when the socket ends, or when it is cancelled")
    func ends() async throws {
        try await SocketIOTestServer.run { server in
            let client = try await server.client()
            let socket = try #require(await server.io.fetchSockets().first)
            let cancelled = Task { let _: Int = try await socket.emitWithAck("question", timeout: .seconds(60)) }
            _ = try await client.next()
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            let ended = Task { let _: Int = try await socket.emitWithAck("question", timeout: .seconds(60)) }
            _ = try await client.next()
            try await client.send("1")
            await #expect(throws: AckFailure.disconnected) { try await ended.value }
            await #expect(throws: AckFailure.disconnected) {
                let _: Int = try await socket.emitWithAck("question", timeout: .seconds(60))
            }
            await #expect(throws: AckFailure.reservedName) {
                let _: Int = try await socket.emitWithAck("connect", timeout: .seconds(60))
            }
        }
    }

    @Test("a client owes at most maximumAcks answers")
    func tooMany() async throws {
        try await SocketIOTestServer.run { server in
            _ = try await server.client()
            let socket = try #require(await server.io.fetchSockets().first)
            for id in 0..<UInt64(Socket.maximumAcks) {
                _ = socket.expectAck(1_000_000 + id, .broadcast(AckCollector(id: id)))
            }
            await #expect(throws: AckFailure.tooManyWaiting) {
                let _: Int = try await socket.emitWithAck("question", timeout: .seconds(60))
            }
        }
    }

    @Test("a broadcast collects answers, and returns the sockets without an answer", arguments: [1, 2])
    func broadcast(loops: Int) async throws {
        let (joined, join) = AsyncStream.makeStream(of: Void.self)
        try await SocketIOTestServer.run(
            loops: loops,
            prepare: { io in
                io.onConnection {
                    $0.join("asked")
                    join.yield()
                }
            }
        ) { server in
            var clients: [SocketIOTestClient] = []
            for _ in 0..<5 { clients.append(try await server.client()) }
            // A client can read that it is connected before the handlers of its connection have run.
            var joins = joined.makeAsyncIterator()
            for _ in 0..<5 { _ = await joins.next(isolation: nil) }
            let io = server.io
            let answers = Task {
                try await io.to("asked").emitWithAck("question", 1, as: Int.self, timeout: .seconds(60))
            }
            for (number, client) in clients.enumerated() {
                let id = Self.id(try await client.next())
                switch number {
                case 3: try await client.send("3\(id)[\"text\"]")
                case 4: try await client.wire.close()
                default: try await client.send("3\(id)[\(number)]")
                }
            }
            let outcome = try await answers.value
            #expect(outcome.values.sorted() == [0, 1, 2])
            #expect(outcome.missing.count == 2)
            let nobody = try await io.to("nobody").emitWithAck("question", as: Int.self, timeout: .seconds(60))
            #expect(nobody.values.isEmpty && nobody.missing.isEmpty)
        }
    }

    @Test("a broadcast that has ended is sent to no further socket, even if a loop is still sending it")
    func overWhileDelivered() async throws {
        try await SocketIOTestServer.run(prepare: { _ in }) { server in
            _ = try await server.client()
            _ = try await server.client()
            let sockets = await server.io.fetchSockets()
            let collector = AckCollector(id: 7)
            let outcome = await withCheckedContinuation { continuation in
                collector.begin(continuation)
                collector.expect(loops: 2, timer: nil)
                #expect(collector.expect(sockets[0]))
                collector.loopIsDone()
                collector.expire()
                #expect(!collector.expect(sockets[1]))
                collector.loopIsDone()
            }
            #expect(outcome.missing == [sockets[0].id])
            #expect(sockets.allSatisfy { socket in socket.state.withLock { $0.acks.isEmpty } })
        }
    }

    @Test("a broadcast ends at its timeout, or when it is cancelled")
    func broadcastEnds() async throws {
        try await SocketIOTestServer.run { server in
            let client = try await server.client()
            let io = server.io
            let outcome = try await io.emitWithAck("question", as: Int.self, timeout: .milliseconds(1))
            #expect(outcome.missing.count == 1)
            _ = try await client.next()
            let cancelled = Task { try await io.emitWithAck("question", as: Int.self, timeout: .seconds(60)) }
            _ = try await client.next()
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            let socket = try #require(await io.fetchSockets().first)
            #expect(socket.state.withLock { $0.acks.isEmpty })
        }
    }
}
