import FoundationEssentials
import NIOCore
@testable import SocketIO
import Synchronization
import TestSupport
import Testing

@Suite("Handlers, over real sockets", .timeLimit(.minutes(1)))
struct HandlerTests {
    private struct Plain: Error {}

    private struct Point: Codable, Sendable {
        let x: Int
        let y: Int?
    }

    private static func prepare(_ io: SocketIOServer) {
        io.onConnection { socket in
            socket.use { event in if event.name == "locked" { throw AckError(code: "locked", message: "no") } }
            socket.on("sum") { (a: Int, b: Int) in a + b }
            socket.on("nothing") {}
            socket.on("point") { (point: Point, scale: Int?) in Point(x: point.x * (scale ?? 1), y: point.y) }
            socket.on("echo") { (arguments: Arguments) in arguments }
            socket.on("throws") { throw Plain() }
            socket.on("refuses") { throw AckError(code: "c", message: "say \"no\"") }
            socket.on("locked") { true }
            socket.on("many") { 1 }
            socket.on("many") { 2 }
            socket.once("once") { "first" }
        }
    }

    @Test(
        "an event is answered with the result of its handler",
        arguments: [
            (#"21["sum",1,2]"#, #"31[3]"#),
            (#"22["sum",1,2,"more"]"#, #"32[3]"#),
            (#"23["nothing"]"#, "33[]"),
            (#"24["point",{"x":2}]"#, #"34[{"x":2}]"#),
            (#"25["point",{"x":2},3]"#, #"35[{"x":6}]"#),
            (#"26["echo",1,"two",[null]]"#, #"36[1,"two",[null]]"#),
            (
                #"27["throws"]"#,
                #"37[{"error":{"code":"internal","message":"the server could not handle this event"}}]"#
            ),
            (#"28["refuses"]"#, #"38[{"error":{"code":"c","message":"say \"no\""}}]"#),
            (#"29["locked"]"#, #"39[{"error":{"code":"locked","message":"no"}}]"#),
            (#"210["many"]"#, "310[1]"),
        ])
    func answers(packet: String, answer: String) async throws {
        try await SocketIOTestServer.run(prepare: Self.prepare) { server in
            let client = try await server.client()
            #expect(try await client.ask(packet) == answer)
        }
    }

    @Test("arguments of the wrong type are answered with an error; unknown events have no answer")
    func badArguments() async throws {
        try await SocketIOTestServer.run(prepare: Self.prepare) { server in
            let client = try await server.client()
            #expect(
                try await client.ask(#"21["sum",1]"#)
                    == #"31[{"error":{"code":"bad-arguments","message":"argument 2: it is missing; 1 came (missing)"}}]"#
            )
            try await client.send(#"22["unknown"]"#)
            #expect(
                try await client.ask(#"23["sum","a",1]"#)
                    == #"33[{"error":{"code":"bad-arguments","message":"argument 1: it must be Int (mismatch)"}}]"#)
        }
    }

    @Test("an error of a connection handler does not affect the socket and the other handlers")
    func throwingConnection() async throws {
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { _ in throw Plain() }
            io.onConnection { socket in socket.on("e") { "there" } }
        }) { server in
            let client = try await server.client()
            #expect(try await client.ask(#"21["e"]"#) == #"31["there"]"#)
        }
    }

    @Test("catch-all handlers see every event, also those that have no handler")
    func catchAll() async throws {
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { socket in
                socket.onAny { event in socket.emit(event.name, arguments: event.arguments) }
            }
        }) { server in
            let client = try await server.client()
            #expect(try await client.ask(#"2["anything",{"a":[1]},"b"]"#) == #"2["anything",{"a":[1]},"b"]"#)
        }
    }

    @Test("a handler of once is called once")
    func once() async throws {
        try await SocketIOTestServer.run(prepare: Self.prepare) { server in
            let client = try await server.client()
            #expect(try await client.ask(#"21["once"]"#) == #"31["first"]"#)
            try await client.send(#"22["once"]"#)
            #expect(try await client.ask(#"23["nothing"]"#) == "33[]")
        }
    }

    @Test("binary works in both directions")
    func binary() async throws {
        try await SocketIOTestServer.run(prepare: Self.prepare) { server in
            let client = try await server.client()
            try await client.send(#"51-7["echo",{"a":{"_placeholder":true,"num":0}}]"#)
            try await client.wire.sendBinary([1, 2, 3])
            #expect(try await client.next() == #"61-7[{"a":{"_placeholder":true,"num":0}}]"#)
            #expect(try await client.next() == "binary [1, 2, 3]")
        }
    }

    @Test("events are handled one after the other; too many of them stop reading, and none is lost")
    func pausing() async throws {
        var options = SocketIOOptions()
        options.maximumEventsWaiting = 8
        let gate = Latch()
        try await SocketIOTestServer.run(
            options,
            prepare: { io in
                io.onConnection { socket in
                    socket.on("wait") { await gate.wait() }
                    socket.on("n") { (number: Int) in socket.emit("n", number) }
                }
            }
        ) { server in
            let client = try await server.client()
            try await client.send(#"2["wait"]"#)
            for number in 0..<2000 { try await client.send(#"2["n",\#(number)]"#) }
            await gate.waiterArrived()
            let socket = try #require(await server.io.fetchSockets().first)
            while !socket.state.withLock({ $0.isPausing }) { await Task.yield() }
            #expect(socket.state.withLock { $0.waiting.count } < 2000)
            gate.open()
            for number in 0..<2000 { #expect(try await client.next() == #"2["n",\#(number)]"#) }
            #expect(!socket.state.withLock { $0.isPausing })
        }
    }

    @Test("too many bytes do the same, and attachments count")
    func pausingForBytes() async throws {
        var options = SocketIOOptions()
        options.maximumBytesWaiting = 100_000
        let gate = Latch()
        try await SocketIOTestServer.run(
            options,
            prepare: { io in
                io.onConnection { socket in
                    socket.on("wait") { await gate.wait() }
                    socket.on("data") { (data: Data) in socket.emit("count", data.count) }
                }
            }
        ) { server in
            let client = try await server.client()
            try await client.send(#"2["wait"]"#)
            for _ in 0..<20 {
                try await client.send(#"51-["data",{"_placeholder":true,"num":0}]"#)
                try await client.wire.sendBinary([UInt8](repeating: 7, count: 30_000))
            }
            await gate.waiterArrived()
            let socket = try #require(await server.io.fetchSockets().first)
            while !socket.state.withLock({ $0.isPausing }) { await Task.yield() }
            #expect((100_001..<200_000).contains(socket.state.withLock { $0.waitingBytes }))
            gate.open()
            for _ in 0..<20 { #expect(try await client.next() == #"2["count",30000]"#) }
            #expect(socket.state.withLock { $0.waitingBytes } == 0)
        }
    }

    @Test("an answer that cannot be encoded is an internal error")
    func unwritable() async throws {
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { socket in
                socket.on("nan") { Double.nan }
                socket.on("several") { (_: Arguments) in try Arguments(1, "two", [3]) }
            }
        }) { server in
            let client = try await server.client()
            #expect(try await client.ask(#"21["nan"]"#).hasPrefix(#"31[{"error":{"code":"internal""#))
            #expect(try await client.ask(#"22["several"]"#) == #"32[1,"two",[3]]"#)
        }
    }

    @Test("the values of a socket are released where their deinit may still use the socket")
    func lettingGo() async throws {
        final class Player: Sendable {
            let socket: Socket
            let gone: AsyncStream<Void>.Continuation

            init(_ socket: Socket, _ gone: AsyncStream<Void>.Continuation) {
                self.socket = socket
                self.gone = gone
            }

            deinit {
                socket.leave("game")
                _ = socket.data["anything"] as Int?
                gone.yield()
            }
        }
        let (gone, telling) = AsyncStream.makeStream(of: Void.self)
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { socket in
                let heard = Player(socket, telling), listened = Player(socket, telling)
                socket.data["player"] = Player(socket, telling)
                socket.on("forget") { socket.data["player"] = 0 }
                socket.on("play") { _ = heard }
                socket.on("off") { socket.off("play") }
                socket.onAny { _ in _ = listened }
            }
        }) { server in
            let client = try await server.client()
            var ends = gone.makeAsyncIterator()
            for event in ["forget", "off"] {
                #expect(try await client.ask("21[\"\(event)\"]") == "31[]")
                _ = await ends.next()
            }
            try await client.wire.close()
            _ = await ends.next()
        }
    }

    @Test("a socket that leaves with a full queue does not stop the other sockets of its connection")
    func pausedAndGone() async throws {
        var options = SocketIOOptions()
        options.maximumEventsWaiting = 2
        let gate = Latch()
        try await SocketIOTestServer.run(
            options,
            prepare: { io in
                io.of("/stuck").onConnection { socket in
                    socket.on("wait") { await gate.wait() }
                    socket.on("bye") { socket.disconnect() }
                }
                io.onConnection { socket in socket.on("sum") { (a: Int, b: Int) in a + b } }
            }
        ) { server in
            let client = try await server.client()
            try await client.join("/stuck")
            for _ in 0..<20 { try await client.send(#"2/stuck,["wait"]"#) }
            await gate.waiterArrived()
            let socket = try #require(await server.io.of("/stuck").fetchSockets().first)
            while !socket.state.withLock({ $0.isPausing }) { await Task.yield() }
            socket.disconnect()
            #expect(try await client.next() == "1/stuck,")
            #expect(try await client.ask(#"21["sum",1,2]"#) == "31[3]")
            gate.open()
        }
    }
}
