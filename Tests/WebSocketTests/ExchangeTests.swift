import NIOCore
import TestSupport
import Testing
@testable import WebSocket

@Suite("Exchanges", .timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test("exchanges follow one another on one connection, which stays open")
    func keepAlive() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/x/now"))
            #expect(
                try await client.text(through: "now\n")
                    == "HTTP/1.1 200 OK\r\nX-Test: now\r\nContent-Length: 4\r\n\r\nnow\n")
            try await client.send("POST /x/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
            try await client.send("llo")
            #expect(try await client.text(through: "hello") == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            try await client.send(
                "POST /x/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            )
            #expect(try await client.response().body == "abcde")
            try await client.send(get("/x/204"))
            #expect(try await client.text(through: "\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n")
            for end in ["now", "echo", "echo", "204"] { #expect(await server.nextEnd() == "/x/\(end) answered") }
            try await client.send("HEAD /x/now HTTP/1.1\r\nHost: a\r\n\r\n" + get("/a"))
            #expect(try await client.text(through: "\r\n\r\n").hasSuffix("\r\nContent-Length: 4\r\n\r\n"))
            #expect(try await client.response().body == "GET /a 0\n")
            try? await client.close()
        }
    }

    @Test("a body of more than one buffer is sent completely")
    func largeAnswer() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            for size in [16 << 10, 16 << 10 + 1, 300_000] {
                try await client.send(post("/x/echo", String(repeating: "x", count: size)))
                #expect(try await client.response().body.utf8.count == size)
            }
            try? await client.close()
        }
    }

}
