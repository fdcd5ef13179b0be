import NIOHTTP1
import Testing
@testable import WebSocket

@Suite("Opening handshake")
struct WebSocketHandshakeTests {
    /// The request of RFC 6455 section 1.2, with a header changed or (nil) left out.
    private func request(
        _ name: String = "Origin", _ value: String? = "http://example.com", method: HTTPMethod = .GET,
        version: HTTPVersion = .http1_1
    ) -> HTTPRequestHead {
        var headers: HTTPHeaders = [
            "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
        ]
        headers.remove(name: name)
        if let value { headers.add(name: name, value: value) }
        return HTTPRequestHead(version: version, method: method, uri: "/chat", headers: headers)
    }

    @Test("the example of RFC 6455 gets the answer of RFC 6455")
    func example() throws {
        let headers = try WebSocketHandshake.accept(request())
        #expect(headers["sec-websocket-accept"] == ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
        #expect(headers["upgrade"] == ["websocket"])
        #expect(headers["connection"] == ["Upgrade"])
    }

    @Test(
        "tokens match in any case and in lists",
        arguments: [
            ("Upgrade", "WebSocket"), ("Upgrade", "h2c, websocket"), ("Connection", "keep-alive, Upgrade"),
            ("Connection", "upgrade"), ("Content-Length", "0"),
        ])
    func tokens(name: String, value: String) throws {
        _ = try WebSocketHandshake.accept(request(name, value))
    }

    @Test(
        "each fault of a handshake gets its status",
        arguments: [
            ("Host", nil, 400), ("Upgrade", nil, 400), ("Upgrade", "websockets", 400), ("Connection", nil, 400),
            ("Connection", "keep-alive", 400), ("Sec-WebSocket-Key", nil, 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ==", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j*Q==", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZWFh", 400), ("Sec-WebSocket-Version", nil, 426),
            ("Sec-WebSocket-Version", "8", 426), ("Sec-WebSocket-Version", "13, 8", 426), ("Content-Length", "5", 400),
            ("Transfer-Encoding", "chunked", 400),
        ] as [(String, String?, UInt)])
    func wrong(name: String, value: String?, status: UInt) {
        let rejection = #expect(throws: RequestRejection.self) { try WebSocketHandshake.accept(request(name, value)) }
        #expect(rejection?.status.code == status)
        #expect(rejection?.headers["sec-websocket-version"] == (status == 426 ? ["13"] : []))
    }

    @Test("two keys are rejected")
    func twoKeys() {
        var head = request()
        head.headers.add(name: "Sec-WebSocket-Key", value: "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(throws: RequestRejection.self) { try WebSocketHandshake.accept(head) }
    }

    @Test("another method gets a 400, another version of HTTP a 426")
    func methodAndVersion() {
        let method = #expect(throws: RequestRejection.self) { try WebSocketHandshake.accept(request(method: .POST)) }
        #expect(method?.status == .badRequest)
        let version = #expect(throws: RequestRejection.self) {
            try WebSocketHandshake.accept(request(version: .http1_0))
        }
        #expect(version?.status == .upgradeRequired)
    }
}
