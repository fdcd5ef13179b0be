import NIOCore
import TestSupport
import Testing
@testable import WebSocket

@Suite("Clients of HTTP/1.0", .timeLimit(.minutes(1)))
struct OldClientTests {
    private static func request(_ path: String, _ more: String = "") -> String {
        "GET \(path) HTTP/1.0\r\n\(more)\r\n"
    }

    @Test(
        "a client that asks for keep-alive gets it", arguments: ["/a", "/x/now"],
        ["keep-alive", "Keep-Alive"])
    func kept(path: String, word: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            for _ in 0..<3 {
                try await client.send(Self.request(path, "Connection: \(word)\r\n"))
                let head = try await client.response().head
                #expect(head.contains("\r\nConnection: keep-alive\r\n"))
                #expect(head.lowercased().contains("\r\ncontent-length: "))
            }
            try await client.close()
        }
    }

    @Test(
        "requests in one segment are answered in order, and the connection closes after the last one",
        arguments: ["/a", "/x/now"])
    func pipelined(path: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(Self.request("/slow", "Connection: keep-alive\r\n") + get("/b") + Self.request(path))
            server.slow.open()
            let heads = [
                try await client.response().head, try await client.response().head, try await client.response().head,
            ]
            let connections = heads.map { head in
                head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("connection:") }?.dropFirst(12)
                    .description
            }
            #expect(connections == ["keep-alive", nil, "close"])
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test(
        "a client that does not ask for keep-alive gets one response, and the connection closes",
        arguments: ["/a", "/x/now"])
    func closed(path: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(Self.request(path))
            #expect(try await client.response().head.contains("\r\nConnection: close\r\n"))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test("a body without a length has no chunks, and the end of the connection ends it")
    func unsized() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(Self.request("/unsized", "Connection: keep-alive\r\n"))
            #expect(try await client.text(through: "\r\n\r\n") == "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n")
            #expect(String(decoding: try await client.rest(), as: UTF8.self) == "GET /unsized 0\n")
            try? await client.close()
        }
    }

    @Test(
        "a Transfer-Encoding ends the connection, because the end of the request is uncertain",
        arguments: ["/a", "/x/echo"])
    func transferEncoding(path: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(
                "POST \(path) HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                    + get("/never"))
            let head = try await client.response().head
            #expect(head.hasPrefix("HTTP/1.1 200 "))
            #expect(head.contains("\r\nConnection: close\r\n"))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }
}
