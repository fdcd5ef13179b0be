import NIOCore
@testable import SocketIO
import TestSupport
import Testing

@Suite("Sessions that begin on a WebSocket, over real sockets", .timeLimit(.minutes(1)))
struct WebSocketTests {
    static let start = "/socket.io/?EIO=4&transport=websocket"

    @Test("a handshake is answered with the open packet, which offers no upgrade")
    func handshake() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let answer = try await client.openWebSocket(Self.start)
            #expect(answer.status == 101)
            #expect(answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            guard case .text(let open) = try await client.frame() else { return #expect(Bool(false)) }
            let sid = EngineTestServer.sid(open)
            #expect(sid.utf8.count == 20)
            #expect(
                open
                    == #"0{"sid":"\#(sid)","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
            )
        }
    }

    @Test("messages are echoed as frames, text and binary")
    func echo() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            try await client.sendText("4wörld")
            #expect(try await client.frame() == .text("4wörld"))
            #expect(await server.log.next() == "text wörld")
            try await client.sendBinary([1, 2, 3])
            #expect(try await client.frame() == .binary([1, 2, 3]))
            try await client.sendText("4")
            #expect(try await client.frame() == .text("4"))
            try await client.sendBinary([])
            #expect(try await client.frame() == .binary([]))
        }
    }

    @Test("base64 after a b in a text frame is binary, and is answered with a binary frame")
    func base64() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            for (text, bytes) in [("bAQID", [1, 2, 3]), ("b", [])] as [(String, [UInt8])] {
                try await client.sendText(text)
                #expect(try await client.frame() == .binary(bytes))
                #expect(await server.log.next() == "binary \(bytes)")
            }
        }
    }

    @Test("unasked open, pong, upgrade and noop do nothing", arguments: ["0", "0{}", "3", "3probe", "5", "6", "6x"])
    func ignored(packet: String) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            try await client.sendText(packet)
            try await client.sendText("4still here")
            #expect(try await client.frame() == .text("4still here"))
        }
    }

    @Test(
        "a protocol violation closes with a frame without a code",
        arguments: [
            ("", "parse error"), ("7", "parse error"), ("abc", "parse error"), ("bAQ", "parse error"),
            ("2", "transport error"), ("2probe", "transport error"), ("1", "transport close"),
        ])
    func closing(packet: String, reason: String) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            try await client.sendText(packet)
            #expect(try await client.frame() == .close([]))
            #expect(await server.log.next() == "closed \(reason)")
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("a message over the limit closes with 1009, one of the limit does not")
    func tooLong() async throws {
        var options = SocketIOOptions()
        options.maximumPayload = 100
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            let fits = "4" + String(repeating: "x", count: 99)
            try await client.sendText(fits)
            #expect(try await client.frame() == .text(fits))
            _ = await server.log.next()
            try await client.sendText(fits + "x")
            guard case .close(let payload) = try await client.frame() else { return #expect(Bool(false)) }
            #expect(payload.prefix(2) == [0x03, 0xF1])
            #expect(String(decoding: payload.dropFirst(2), as: UTF8.self) == "a message may have at most 100 bytes")
            #expect(await server.log.next() == "closed transport error")
        }
    }

    @Test(
        "the client's close frame and the loss of its connection are both a transport close", arguments: [true, false])
    func clientEnds(politely: Bool) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            if politely {
                try await client.send(WireClient.frame(0x88, [0x03, 0xE8]))
            } else {
                try await client.close()
            }
            #expect(await server.log.next() == "closed transport close")
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("the server's close follows the packets that were written, with a frame without a code")
    func serverCloses() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            server.log.session {
                $0.write("last")
                $0.close(.forcedServerClose)
            }
            #expect(try await client.frame() == .text("4last"))
            #expect(try await client.frame() == .close([]))
            #expect(await server.log.next() == "closed forced server close")
        }
    }

    @Test("a shutdown of the server closes with 1001")
    func quiescing() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            server.quiesce()
            guard case .close(let payload) = try await client.frame() else { return #expect(Bool(false)) }
            #expect(payload.prefix(2) == [0x03, 0xE9])
            #expect(await server.log.next() == "closed server shutting down")
        }
    }

    @Test("all packets of one tick arrive in order")
    func order() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            server.log.session { session in for number in 0..<1000 { session.write("\(number)") } }
            for number in 0..<1000 { #expect(try await client.frame() == .text("4\(number)")) }
        }
    }

    @Test("while paused nothing is read; packets that came in the meantime follow in order")
    func pausing() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            try await client.send(
                ["4pause", "4a", "4b"].flatMap { WireClient.frame(0x81, Array($0.utf8)) })
            #expect(try await client.frame() == .text("4pause"))
            #expect(await server.log.next() == "text pause")
            server.log.session { session in
                session.write("unpausing")
                session.isPaused = false
            }
            #expect(try await client.frame() == .text("4unpausing"))
            #expect(try await client.frame() == .text("4a"))
            #expect(try await client.frame() == .text("4b"))
        }
    }

    @Test("polling requests for its session are refused, another WebSocket is closed, and neither affects it")
    func otherTransport() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect(), other = try await server.connect()
            let sid = try await server.openWebSocket(client)
            for method in ["GET", "POST"] {
                let refused = try await other.request(
                    method, PollingTests.target(sid), body: method == "POST" ? "4a" : nil)
                #expect(refused.status == 400)
                #expect(refused.text == #"{"code":3,"message":"Bad request"}"#)
            }
            #expect(try await other.openWebSocket(Self.start + "&sid=" + sid).status == 101)
            #expect(try await other.frame() == .close([]))
            try await client.sendText("4still here")
            #expect(try await client.frame() == .text("4still here"))
        }
    }
}
