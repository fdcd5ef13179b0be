import NIOCore
import TestSupport
import Testing
@testable import WebSocket

@Suite("Clients that wait before they send a body", .timeLimit(.minutes(1)))
struct ExpectationTests {
    private static let goOn = "HTTP/1.1 100 Continue\r\n\r\n"

    private static func head(
        _ path: String, _ version: String = "1.1", expecting: String = "100-continue", length: Int = 5
    ) -> String {
        "POST \(path) HTTP/\(version)\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: \(expecting)\r\n\r\n"
    }

    @Test(
        "a client that waits gets 100 Continue, and its connection stays open",
        arguments: [
            ("/a", "POST /a 5\n"), ("/x/echo", "hello"),
        ] as [(path: String, answer: String)], ["100-continue", "100-Continue"])
    func waiting(route: (path: String, answer: String), expecting: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            for _ in 0..<2 {
                try await client.send(Self.head(route.path, expecting: expecting))
                #expect(try await client.text(through: "\r\n\r\n") == Self.goOn)
                try await client.send("hel")
                try await client.send("lo")
                #expect(try await client.response().body == route.answer)
            }
            try await client.close()
        }
    }

    @Test("a client that does not wait, or has no body, gets no 100 Continue", arguments: ["/a", "/x/echo"])
    func notWaiting(path: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            for request in [Self.head(path) + "hello", Self.head(path) + "h", Self.head(path, length: 0)] {
                try await client.send(request)
                if request.hasSuffix("\r\nh") { try await client.send("ello") }
                #expect(try await client.response().head.hasPrefix("HTTP/1.1 200 "))
            }
            try await client.close()
        }
    }

    @Test(
        "an answer that needs no body is sent instead of 100 Continue, and is the last one",
        arguments: ["/unread", "/x/now"])
    func answeredEarly(path: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(Self.head(path))
            let answer = try await client.response()
            #expect(answer.head.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.head.contains("\r\nConnection: close\r\n"))
            // Some clients send the body anyway.
            try? await client.send("hello" + get("/never"))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test(
        "a rejection of the head is sent instead of 100 Continue",
        arguments: [
            (ConnectionLimits().targetBytes, 414), (1, 431),
        ])
    func rejectedHead(target: Int, status: Int) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            let more =
                status == 431 ? "A: " + String(repeating: "x", count: ConnectionLimits().headerBytes) + "\r\n" : ""
            try await client.send(
                "POST /\(String(repeating: "x", count: target)) HTTP/1.1\r\nHost: a\r\n\(more)Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            )
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 \(status) "))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test("100 Continue is sent after earlier responses", arguments: ["/a", "/x/echo"])
    func pipelined(path: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/slow") + Self.head(path))
            await server.slow.waiterArrived()
            server.slow.open()
            let first = try await client.response()
            #expect(first.body == "GET /slow 0\n")
            #expect(!first.head.lowercased().contains("connection: close"))
            #expect(try await client.text(through: "\r\n\r\n") == Self.goOn)
            try await client.send("hello")
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 200 "))
            try await client.close()
        }
    }

    @Test("a client of HTTP/1.0 has no expectations", arguments: ["/a", "/x/echo"], ["100-continue", "tea"])
    func old(path: String, expecting: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(Self.head(path, "1.0", expecting: expecting))
            try await client.send("hello")
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 200 "))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test(
        "other expectations get a 417, for every route", arguments: ["/a", "/x/echo", "/socket"],
        [
            "tea", "100-continue, tea=\"hot\"",
        ])
    func unknown(path: String, expecting: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(Self.head(path, expecting: expecting))
            let answer = try await client.response()
            #expect(answer.head.hasPrefix("HTTP/1.1 417 "))
            #expect(answer.body.contains("'tea"))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }
}
