import NIOCore
import TestSupport
import Testing
@testable import WebSocket

@Suite("Exchanges among other requests", .timeLimit(.minutes(1)))
struct ExchangeOrderTests {
    private static let upgrade = """
        GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """

    @Test("exchanges and the router's requests in one packet are answered in order")
    func pipelined() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(
                get("/slow") + get("/x/now") + post("/b", "12") + post("/x/echo", "one") + get("/x/wait") + get("/c")
                    + get("/x/now"))
            await server.slow.waiterArrived()
            server.slow.open()
            for body in ["GET /slow 0\n", "now\n", "POST /b 2\n", "one"] {
                #expect(try await client.response().body == body)
            }
            let wait = try #require(await server.nextWait())
            // More requests arrive while the exchange waits.
            try await client.send(post("/x/echo", "two") + get("/d"))
            wait.answer("waited")
            for body in ["waited", "GET /c 0\n", "now\n", "two", "GET /d 0\n"] {
                #expect(try await client.response().body == body)
            }
            try? await client.close()
        }
    }

    @Test("a megabyte of requests after a waiting exchange is answered completely")
    func pipelinedMegabyte() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            let body = String(repeating: "y", count: 10_000)
            let requests = get("/x/wait") + String(repeating: post("/x/echo", body) + post("/b", body), count: 60)
            async let sent: Void = client.send(requests)
            try #require(await server.nextWait()).answer("first")
            #expect(try await client.response().body == "first")
            for _ in 0..<60 {
                #expect(try await client.response().body == body)
                #expect(try await client.response().body == "POST /b 10000\n")
            }
            try await sent
            try? await client.close()
        }
    }

    @Test("an exchange that is opened before its body has arrived gets the whole body")
    func splitBodyInBacklog() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/slow") + "POST /x/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab")
            await server.slow.waiterArrived()
            try await client.send("cd")
            server.slow.open()
            #expect(try await client.response().body == "GET /slow 0\n")
            try await client.send("ef" + get("/x/now"))
            #expect(try await client.response().body == "abcdef")
            #expect(try await client.response().body == "now\n")
            try? await client.close()
        }
    }

    @Test(
        "bytes that are not HTTP get a 400 after the responses that are due",
        arguments: [
            "HELLO\r\n\r\n", "GET /x/now HTTP/1.1\r\nHost: a\r\n\r\nHELLO\r\n\r\n",
        ])
    func malformed(_ more: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/x/wait") + more)
            try #require(await server.nextWait()).answer("waited")
            #expect(try await client.response().body == "waited")
            if more.hasPrefix("GET") { #expect(try await client.response().body == "now\n") }
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 400 "))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test("a connection may become a WebSocket or a stream after exchanges", arguments: [true, false])
    func upgrade(whileWaiting: Bool) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/x/now") + get("/x/wait") + (whileWaiting ? "" : Self.upgrade))
            #expect(try await client.response().body == "now\n")
            let wait = try #require(await server.nextWait())
            if whileWaiting {
                try await client.send(Array(Self.upgrade.utf8) + ClientFrame(.text, "one").bytes)
                try await client.send(ClientFrame(.text, "two").bytes)
            } else {
                try await client.send(ClientFrame(.text, "one").bytes + ClientFrame(.text, "two").bytes)
            }
            wait.answer("waited")
            #expect(try await client.response().body == "waited")
            #expect(try await client.text(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            let frames =
                [0x81, 5] + Array("hello".utf8) + [0x81, 3] + Array("one".utf8) + [0x81, 3] + Array("two".utf8)
            #expect(try await client.bytes(frames.count) == frames)
            try? await client.close()
            let stream = try await RawClient.connect(to: server.port)
            try await stream.send(get("/x/now") + get("/stream"))
            #expect(try await stream.response().body == "now\n")
            #expect(
                try await stream.text(through: "hello\n\n").hasPrefix(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream"))
            try? await stream.close()
        }
    }

    @Test(
        "requests that were complete when the client closed its side are answered, unless an answer has to wait",
        arguments: ["", "/x/wait"])
    func shutBehindRequests(_ last: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(
                get("/slow") + get("/x/now") + get("/b") + get("/x/now") + (last.isEmpty ? "" : get(last)))
            try await client.shutOutput()
            await server.slow.waiterArrived()
            server.slow.open()
            for body in ["GET /slow 0\n", "now\n", "GET /b 0\n", "now\n"] {
                #expect(try await client.response().body == body)
            }
            #expect(try await client.rest() == [])
            try? await client.close()
            for _ in 0..<2 { #expect(await server.nextEnd() == "/x/now answered") }
            if !last.isEmpty { #expect(await server.nextEnd() == "/x/wait lost") }
        }
    }

    @Test("a client that sends more requests than the backlog holds is disconnected")
    func backlogLimit() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            let many = String(repeating: "GET / HTTP/1.1\r\nHost:\r\n\r\n", count: RequestBacklog.capacity / 2 + 1)
            try await client.send(get("/slow") + get("/x/now"))
            await server.slow.waiterArrived()
            // When the client has closed its side, NIO reads everything that the system has.
            try await client.send(many)
            try await client.shutOutput()
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }
}
