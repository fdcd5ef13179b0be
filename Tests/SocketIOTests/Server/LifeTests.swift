import NIOCore
@testable import SocketIO
import Synchronization
import TestSupport
import Testing

@Suite("Sockets from CONNECT to their end, over real sockets", .timeLimit(.minutes(1)))
struct LifeTests {
    private struct Plain: Error {}
    private struct Login: Decodable { var token: String? }
    private struct Hint: Encodable { let hint: String }

    @Test(
        "middleware refuses with message and data, or admits; other errors are internal",
        arguments: [
            ("", #"4/m,{"message":"no","data":{"hint":"token"}}"#),
            (#"{"token":"bug"}"#, #"4/m,{"message":"internal"}"#),
            (#"{"token":1}"#, #"4/m,{"message":"invalid auth: token must be String","data":{"code":"bad-arguments"}}"#),
            (#"{"token":"ok"}"#, nil),
        ] as [(String, String?)])
    func middleware(auth: String, refusal: String?) async throws {
        try await SocketIOTestServer.run(prepare: { io in
            let namespace = io.of("m")
            namespace.use { socket in
                socket.join("early")
                socket.emit("too-early")
                switch try socket.auth(as: Login.self).token {
                case "ok": break
                case "bug": throw Plain()
                default: throw ConnectionRefused("no", data: Hint(hint: "token"))
                }
            }
            namespace.onConnection { socket in socket.namespace.to("early").emit("in", socket.rooms.count) }
        }) { server in
            let client = try await server.bareClient()
            let answer = try await client.join("/m", auth: auth)
            guard let refusal else {
                #expect(answer.count == 20)
                return #expect(try await client.next() == #"2/m,["in",2]"#)
            }
            #expect(answer == refusal)
            #expect(await server.io.of("/m").fetchSockets().isEmpty)
            #expect(try await client.join().count == 20)
        }
    }

    @Test("a connection handler that is still running when the client leaves gets its disconnect handlers called")
    func leavesEarly() async throws {
        let gate = Latch()
        let (events, continuation) = AsyncStream.makeStream(of: DisconnectReason.self)
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { socket in
                await gate.wait()
                socket.onDisconnecting { continuation.yield($0) }
                socket.onDisconnect { continuation.yield($0) }
            }
        }) { server in
            let client = try await server.client()
            await gate.waiterArrived()
            try await client.send("1")
            while await !server.io.fetchSockets().isEmpty { await Task.yield() }
            gate.open()
            var reasons = events.makeAsyncIterator()
            for _ in 0..<2 { #expect(await reasons.next() == .clientNamespaceDisconnect) }
        }
    }

    @Test("patterns create namespaces; namespaces with a name take precedence")
    func dynamic() async throws {
        try await SocketIOTestServer.run(prepare: { io in
            io.of("/dyn-0").onConnection { $0.emit("own") }
            io.of(matching: /\/dyn-[0-9]/).onConnection { $0.emit("pattern", $0.namespace.name) }
            io.of(matching: { $0 == "/fn" }).onConnection { $0.emit("closure") }
        }) { server in
            let client = try await server.bareClient()
            for (name, event) in [
                ("/dyn-0", #"["own"]"#), ("/dyn-7", #"["pattern","/dyn-7"]"#), ("/fn", #"["closure"]"#),
            ] {
                #expect(try await client.join(name).count == 20)
                #expect(try await client.next() == "2\(name),\(event)")
            }
            #expect(try await client.join("/dyn-77") == #"4/dyn-77,{"message":"Invalid namespace"}"#)
            server.io.of("/dyn-7").emit("hello")
            #expect(try await client.next() == #"2/dyn-7,["hello"]"#)
        }
    }

    @Test(
        "disconnect handlers are called once, in order, with the reason and the rooms",
        arguments: [
            ("1", "client namespace disconnect"), ("9", "parse error"), ("0", "forced server close"),
            (#"2["bye",false]"#, "server namespace disconnect"), (#"2["bye",true]"#, "server namespace disconnect"),
            ("gone", "transport close"),
        ])
    func ends(packet: String, reason: String) async throws {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { socket in
                socket.join("room")
                socket.on("bye") { (close: Bool) in socket.disconnect(close: close) }
                socket.onDisconnecting { reason in
                    continuation.yield("\(reason) \(socket.rooms.subtracting([socket.id]))")
                }
                socket.onDisconnecting { _ in throw Plain() }
                socket.onDisconnect { reason in continuation.yield("\(reason) \(socket.rooms)") }
            }
        }) { server in
            let client = try await server.client()
            if packet == "gone" { try await client.wire.close() } else { try await client.send(packet) }
            var ends = events.makeAsyncIterator()
            #expect(await ends.next(isolation: nil) == "\(reason) [\"room\"]")
            #expect(await ends.next(isolation: nil) == "\(reason) []")
        }
        continuation.finish()
        for await more in events { Issue.record("recorded \(more)") }
    }

    @Test("a socket and its values are released with the client")
    func memory() async throws {
        let kept = Weak()
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { socket in
                socket.data["socket"] = "text"
                socket.on("e") { socket.emit("e", socket.data["socket"] ?? "nothing") }
                socket.onDisconnect { _ in _ = socket.id }
                kept.set(socket)
            }
        }) { server in
            let client = try await server.client()
            #expect(try await client.ask(#"2["e"]"#) == #"2["e","text"]"#)
            #expect(!kept.isGone)
            try await client.wire.close()
            while !kept.isGone { await Task.yield() }
            #expect(server.io.clientCount == 0)
        }
    }

    @Test("close() ends all sessions, calls their handlers and refuses new ones")
    func closing() async throws {
        let ended = Mutex<[String]>([])
        try await SocketIOTestServer.run(
            loops: 2,
            prepare: { io in
                io.onConnection { socket in
                    socket.onDisconnect { reason in ended.withLock { $0.append(reason.rawValue) } }
                }
            }
        ) { server in
            let clients = [try await server.client(), try await server.client()]
            await server.io.close()
            #expect(ended.withLock { $0 } == ["server shutting down", "server shutting down"])
            for client in clients { #expect(try await client.next() == "end") }
            let late = try await WireClient.connect(to: server.port)
            #expect(try await late.request("GET", "/socket.io/?EIO=4&transport=polling").status == 503)
            #expect(await server.io.fetchSockets().isEmpty)
            #expect(try await server.io.emitWithAck("e", as: Int.self).missing.isEmpty)
        }
    }

    @Test("a graceful shutdown of the HTTP server also ends polling sessions that have no open request")
    func quiescing() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        try await SocketIOTestServer.run(prepare: { io in
            io.onConnection { socket in socket.onDisconnect { continuation.yield("\($0)") } }
        }) { server in
            let poller = try await WireClient.connect(to: server.port)
            let open = try await poller.request("GET", "/socket.io/?EIO=4&transport=polling").text
            let target = "/socket.io/?EIO=4&transport=polling&sid=" + EngineTestServer.sid(open)
            _ = try await poller.request("POST", target, body: "40")
            _ = try await poller.request("GET", target)
            _ = try await server.client()
            server.quiesce()
            var ends = events.makeAsyncIterator()
            for _ in 0..<2 { #expect(await ends.next(isolation: nil) == "server shutting down") }
        }
    }

    @Test("a client that never joins is closed after connectTimeout")
    func connectTimeout() async throws {
        var options = SocketIOOptions()
        options.connectTimeout = .milliseconds(2000)
        try await SocketIOTestServer.run(options) { server in
            let idle = try await server.bareClient()
            let joined = try await server.client()
            #expect(try await idle.next() == "end")
            #expect(await server.io.fetchSockets().count == 1)
            withExtendedLifetime(joined) {}
        }
    }

    private final class Weak: @unchecked Sendable {  // guarded by its lock
        private struct State { weak var socket: Socket? }
        private let state = Mutex(State())

        func set(_ socket: Socket) { state.withLock { $0.socket = socket } }

        var isGone: Bool { state.withLock { $0.socket == nil } }
    }
}
