import NIOCore
import TestSupport
import Testing
@testable import WebSocket

@Suite("Upgrading connections", .timeLimit(.minutes(1)))
struct HTTPUpgradeChannelTests {
    private static let upgrade = """
        GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """
    private static let hello: [UInt8] = [0x81, 5] + Array("hello".utf8)

    private func get(_ path: String, _ more: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\(more)\r\n" }

    private func expectSwitch(_ client: RawClient) async throws {
        let head = try await client.text(through: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        #expect(head.contains("Sec-WebSocket-Protocol: echo\r\n"))
        #expect(try await client.bytes(Self.hello.count) == Self.hello)
    }

    @Test("the first request of a connection may become a WebSocket, and close with a handshake")
    func firstRequest() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(Self.upgrade)
            try await expectSwitch(client)
            try await client.send(ClientFrame(.text, "€").bytes)
            #expect(try await client.bytes(5) == [0x81, 3, 0xE2, 0x82, 0xAC])
            try await client.send(ClientFrame.close(1000).bytes)
            #expect(try await client.rest() == [0x88, 2, 0x03, 0xE8])
            #expect(await server.nextEnd() == "socket peer 1000")
        }
    }

    @Test("a later request of a connection may become a WebSocket")
    func laterRequest() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            for _ in 0..<3 {
                try await client.send(get("/a"))
                #expect(try await client.response().body == "GET /a 0\n")
            }
            try await client.send(Self.upgrade)
            try await expectSwitch(client)
            try await client.close()
            #expect(await server.nextEnd() == "socket lost 1006")
        }
    }

    @Test("frames in the same segment as the request are not lost")
    func sameSegment() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            let frames = ClientFrame(.text, "one").bytes + ClientFrame(.text, "two").bytes
            try await client.send(Array(Self.upgrade.utf8) + frames)
            try await expectSwitch(client)
            #expect(try await client.bytes(10) == [0x81, 3] + Array("one".utf8) + [0x81, 3] + Array("two".utf8))
            try await client.close()
        }
    }

    @Test("requests, an upgrade and frames in one segment are answered in order")
    func pipelined() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            let frame = ClientFrame(.text, "one").bytes
            try await client.send(Array((get("/slow") + get("/b") + Self.upgrade).utf8) + frame)
            // More frames while the upgrade waits for the slow answer.
            try await client.send(ClientFrame(.text, "two").bytes)
            server.slow.open()
            #expect(try await client.response().body == "GET /slow 0\n")
            #expect(try await client.response().body == "GET /b 0\n")
            try await expectSwitch(client)
            #expect(try await client.bytes(10) == [0x81, 3] + Array("one".utf8) + [0x81, 3] + Array("two".utf8))
            try await client.close()
        }
    }

    @Test("a megabyte of frames after a waiting upgrade arrives completely")
    func pipelinedMegabyte() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            let payload = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            async let sent: Void = client.send(
                Array((get("/slow") + Self.upgrade).utf8) + ClientFrame(.binary, payload).bytes
                    + ClientFrame(.binary, payload).bytes)
            server.slow.open()
            _ = try await client.response()
            try await expectSwitch(client)
            let echo: [UInt8] = [0x82, 127, 0, 0, 0, 0, 0, 0x07, 0xA1, 0x20] + payload
            #expect(try await client.bytes(echo.count * 2) == echo + echo)
            try await sent
            try await client.close()
        }
    }

    @Test(
        "a handshake that is wrong is answered and the connection closed",
        arguments: [
            ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426), ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400),
            ("Connection: Upgrade", "Connection: keep-alive", 400), ("Host: a", "Host: a\r\nContent-Length: 2", 400),
            ("GET ", "POST ", 400), ("HTTP/1.1", "HTTP/1.0", 426),
        ])
    func rejected(part: String, replacement: String, status: Int) async throws {
        let pieces = Self.upgrade.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        let request = pieces[0] + replacement + pieces[1]
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(String(request))
            let answer = try await client.response()
            #expect(answer.head.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.head.lowercased().contains("connection: close\r\n"))
            #expect(answer.head.contains("Sec-WebSocket-Version: 13\r\n") == (status == 426))
            #expect(!answer.body.isEmpty)
            #expect(try await client.rest() == [])
            try await client.close()
        }
    }

    @Test("an upgrade that the router answers ends the connection, because nothing after it can be read")
    func ignoredUpgrade() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/h2c", "Connection: Upgrade\r\nUpgrade: h2c\r\n") + get("/never"))
            let answer = try await client.response()
            #expect(answer.body == "GET /h2c 0\n")
            #expect(answer.head.lowercased().contains("connection: close\r\n"))
            #expect(try await client.rest() == [])
            try await client.close()
        }
    }

    @Test(
        "a response to HEAD without a length has no chunks, and the connection stays open",
        arguments: [
            "HTTP/1.1\r\nHost: a\r\n", "HTTP/1.0\r\nConnection: keep-alive\r\n",
        ])
    func headWithoutLength(version: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/unsized"))
            #expect(try await client.text(through: "\r\n0\r\n\r\n").contains("\r\ntransfer-encoding: chunked\r\n"))
            try await client.send("HEAD /unsized \(version)\r\n" + get("/a"))
            let head = try await client.text(through: "\r\n\r\n").lowercased()
            #expect(head.hasPrefix("http/1.1 200 "))
            for field in ["content-length:", "transfer-encoding:", "connection: close"] {
                #expect(!head.contains(field))
            }
            #expect(try await client.response().body == "GET /a 0\n")
            try await client.close()
        }
    }

    @Test("a request with a body, then one with Connection: close, then no further response")
    func plainHTTP() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await client.response().body == "POST /p 5\n")
            try await client.send(get("/q", "Connection: close\r\n") + get("/never"))
            #expect(try await client.response().body == "GET /q 0\n")
            #expect(try await client.rest() == [])
            try await client.close()
        }
    }

    @Test("a stream writes its bytes until the client disconnects")
    func stream() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/a") + get("/stream") + get("/never"))
            #expect(try await client.response().body == "GET /a 0\n")
            let head = try await client.text(through: "\r\n\r\n")
            #expect(head == "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            #expect(try await client.text(through: "\n\n") == "data: hello\n\n")
            try await client.close()
            #expect(await server.nextEnd() == "stream")
        }
    }

    @Test("a client that closes its sending side ends its socket or stream", arguments: ["socket", "stream"])
    func halfClose(_ kind: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(kind == "socket" ? Self.upgrade : get("/stream"))
            _ = try await client.text(through: "hello")
            try await client.shutOutput()
            #expect(await server.nextEnd()?.hasPrefix(kind) == true)
            _ = try await client.rest()
            try? await client.close()
        }
    }

    @Test("a shutdown closes sockets with 1001, lets streams write last bytes, and closes idle connections")
    func quiesce() async throws {
        try await TestServer.run { server in
            let socket = try await RawClient.connect(to: server.port)
            try await socket.send(Self.upgrade)
            try await expectSwitch(socket)
            let stream = try await RawClient.connect(to: server.port)
            try await stream.send(get("/stream"))
            _ = try await stream.text(through: "hello\n\n")
            let idle = try await RawClient.connect(to: server.port)
            try await idle.send(get("/a"))
            _ = try await idle.response()
            server.quiesce()
            #expect(try await Array(socket.bytes(4).suffix(2)) == [0x03, 0xE9])
            try await socket.send(ClientFrame.close(1001).bytes)
            _ = try await socket.rest()
            #expect(try await stream.text(through: "goodbye\n\n") == ": goodbye\n\n")
            #expect(try await stream.rest() == [])
            #expect(try await idle.rest() == [])
            for client in [socket, stream, idle] { try? await client.close() }
        }
    }

    @Test("a shutdown answers a pending request, and upgrades no connection")
    func quiesceWhilePending() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/a"))
            _ = try await client.response()
            try await client.send(get("/slow") + Self.upgrade)
            await server.slow.waiterArrived()
            server.quiesce()
            server.slow.open()
            let answer = try await client.response()
            #expect(answer.body == "GET /slow 0\n")
            #expect(answer.head.lowercased().contains("connection: close\r\n"))
            #expect(try await client.rest() == [])
            try await client.close()
        }
    }
}
