import NIOHTTP1
import TestSupport
import Testing
@testable import WebSocket

@Suite("Absolute request targets", .timeLimit(.minutes(1)))
struct RequestTargetTests {
    @Test(
        "the host of an absolute target becomes the Host, and the rest the target",
        arguments: [
            ("http://b", "/", "b"), ("http://b/", "/", "b"), ("http://b:81/c/d?e=f", "/c/d?e=f", "b:81"),
            ("http://b?e=f", "/?e=f", "b"),
            ("HTTPS://[::1]:81/c", "/c", "[::1]:81"), ("http://a@b/c", "/c", "a@b"), ("ws://b/c", "/c", "b"),
            ("http://b/c://d", "/c://d", "b"), ("http://b/\u{301}", "/\u{301}", "b"),
            ("/c", "/c", "a"), ("/c?d=http://b", "/c?d=http://b", "a"), ("//b/c", "//b/c", "a"), ("*", "*", "a"),
            ("http:b", "http:b", "a"),
        ])
    func forms(target: String, uri: String, host: String) {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: ["hoSt": "a", "X": "y"])
            .inOriginForm
        #expect(head.uri == uri)
        #expect(head.headers["host"] == [host])
        #expect(head.headers["x"] == ["y"])
    }

    @Test("the target of a CONNECT is not changed")
    func connect() {
        let head = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: "http://b/c", headers: ["Host": "a"])
        #expect(head.inOriginForm == head)
    }

    @Test("the router, exchanges and sockets get the origin form")
    func everybody() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("http://b/a?c"))
            #expect(try await client.response().body == "GET /a 0\n")
            try await client.send(get("http://b/x/now"))
            #expect(try await client.response().body == "now\n")
            // HTTP/1.1 requires a Host header in this case, too.
            try await client.send("GET http://b/a HTTP/1.1\r\n\r\n")
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 400 "))
            try? await client.close()
            let stream = try await RawClient.connect(to: server.port)
            try await stream.send(get("http://b/stream"))
            #expect(try await stream.text(through: "hello\n\n").hasSuffix("data: hello\n\n"))
            try await stream.close()
        }
    }
}
