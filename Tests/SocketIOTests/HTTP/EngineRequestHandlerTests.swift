import NIOCore
@testable import SocketIO
import TestSupport
import Testing

@Suite("Requests, over real sockets", .timeLimit(.minutes(1)))
struct EngineRequestHandlerTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let method: String
        let query: String
        let code: Int
        let message: String

        init(_ method: String, _ query: String, _ code: Int, _ message: String) {
            (self.method, self.query, self.code, self.message) = (method, query, code, message)
        }

        var testDescription: String { "\(method) \(query)" }
    }

    static let refusals = [
        Refusal("GET", "", 0, "Transport unknown"),
        Refusal("GET", "?EIO=4", 0, "Transport unknown"),
        Refusal("GET", "?EIO=4&transport=abc", 0, "Transport unknown"),
        Refusal("GET", "?EIO=4&transport=webtransport", 0, "Transport unknown"),
        Refusal("GET", "?EIO=4&transport=polling&sid=abc", 1, "Session ID unknown"),
        Refusal("POST", "?EIO=4&transport=polling&sid=abc", 1, "Session ID unknown"),
        Refusal("GET", "?EIO=4&transport=polling&sid=", 1, "Session ID unknown"),
        Refusal("POST", "?EIO=4&transport=polling", 2, "Bad handshake method"),
        Refusal("PUT", "?EIO=4&transport=polling", 2, "Bad handshake method"),
        Refusal("GET", "?EIO=4&transport=websocket", 3, "Bad request"),
        Refusal("GET", "?transport=polling", 5, "Unsupported protocol version"),
        Refusal("GET", "?EIO=3&transport=polling", 5, "Unsupported protocol version"),
        Refusal("GET", "?EIO=&transport=polling", 5, "Unsupported protocol version"),
    ]

    @Test("an invalid request gets the reason, and its connection can be used again", arguments: refusals)
    func refused(_ refusal: Refusal) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let body = refusal.method == "GET" ? nil : "4some body"
            let answer = try await client.request(refusal.method, "/socket.io/" + refusal.query, body: body)
            #expect(answer.status == 400)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.text == #"{"code":\#(refusal.code),"message":"\#(refusal.message)"}"#)
            #expect(server.engine.sessionCount == 0)
            #expect(try await client.request("GET", PollingTests.start).status == 200)
        }
    }

    @Test(
        "an invalid WebSocket handshake is refused before the protocol changes",
        arguments: [
            ("?EIO=4&transport=abc", 0), ("?EIO=4&transport=websocket&sid=abc", 1), ("?EIO=4&transport=polling", 3),
            ("?EIO=3&transport=websocket", 5), ("?transport=websocket", 5),
        ])
    func refusedSocket(query: String, code: Int) async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let answer = try await client.openWebSocket("/socket.io/" + query)
            #expect(answer.status == 400)
            #expect(answer.text.hasPrefix(#"{"code":\#(code),"#))
            #expect(try await client.rest().isEmpty)
        }
    }

    @Test("a transport that is not offered is unknown", arguments: [Transport.polling, .webSocket])
    func onlyOne(transport: Transport) async throws {
        var options = SocketIOOptions()
        options.transports = [transport]
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            let polled = try await client.request("GET", PollingTests.start)
            #expect(polled.status == (transport == .polling ? 200 : 400))
            if transport == .polling { #expect(polled.text.contains(#""upgrades":[]"#)) }
            let socket = try await server.connect()
            #expect(try await socket.openWebSocket(WebSocketTests.start).status == (transport == .polling ? 400 : 101))
        }
    }

    @Test(
        "other paths are the router's",
        arguments: [
            "/socket.io", "/socket.io?EIO=4&transport=polling", "/", "/socket.iox/", "/socket.io/x", "/SOCKET.IO/",
        ])
    func otherPaths(path: String) async throws {
        try await EngineTestServer.run { server in
            let answer = try await server.connect().request("GET", path)
            #expect(answer.status == 404)
            #expect(answer.text == "router")
        }
    }

    @Test("the path may be another one")
    func path() async throws {
        var options = SocketIOOptions()
        options.path = "/live/"
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            #expect(try await client.request("GET", "/live/?EIO=4&transport=polling").status == 200)
            #expect(try await client.request("GET", PollingTests.start).status == 404)
        }
    }

    @Test(
        "pages of this host and of allowed origins may connect, others may not",
        arguments: [
            ("http://shop.test", 200), ("https://shop.test", 200), ("https://friend.test", 200),
            ("HTTPS://Friend.test", 200),
            ("https://evil.test", 403), ("null", 403), ("https://shop.test.evil.test", 403),
            ("http://friend.test", 403),
        ])
    func origins(origin: String, status: Int) async throws {
        var options = SocketIOOptions()
        options.allowedOrigins = ["https://friend.test"]
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            let answer = try await client.request("GET", PollingTests.start, ["Origin: \(origin)"])
            #expect(answer.status == status)
            if status == 403 {
                let text = "pages of origin \(origin) are not allowed to use this server"
                #expect(answer.text == #"{"code":4,"message":"\#(text)"}"#)
            }
            let socket = try await server.connect()
            let opened = try await socket.openWebSocket(WebSocketTests.start, ["Origin: \(origin)"])
            #expect(opened.status == (status == 200 ? 101 : 403))
        }
    }

    @Test("responses to allowed origins have CORS headers, errors too; others have none")
    func cors() async throws {
        var options = SocketIOOptions()
        options.allowedOrigins = ["https://friend.test"]
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            for target in [PollingTests.start, "/socket.io/?EIO=4"] {
                let answer = try await client.request("GET", target, ["Origin: https://friend.test"])
                #expect(answer.headers["access-control-allow-origin"] == "https://friend.test")
                #expect(answer.headers["access-control-allow-credentials"] == "true")
                #expect(answer.headers["vary"] == "Origin")
            }
            for headers in [[], ["Origin: http://shop.test"], ["Origin: https://evil.test"]] {
                let answer = try await client.request("GET", PollingTests.start, headers)
                #expect(answer.headers["access-control-allow-origin"] == nil)
                #expect(answer.headers["vary"] == "Origin")
            }
        }
    }

    @Test("without allowed origins no response has CORS headers, and OPTIONS is 204")
    func noCORS() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect()
            let headers = ["Origin: https://friend.test", "Access-Control-Request-Method: POST"]
            let answer = try await client.request("OPTIONS", PollingTests.start, headers)
            #expect(answer.status == 204)
            #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control") })
            #expect(try await client.request("GET", PollingTests.start).headers["vary"] == nil)
        }
    }

    @Test("a preflight is answered with 204 and the allowed methods and headers")
    func preflight() async throws {
        var options = SocketIOOptions()
        options.allowedOrigins = ["https://friend.test"]
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            let answer = try await client.request(
                "OPTIONS", PollingTests.start,
                [
                    "Origin: https://friend.test", "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: content-type,x-token",
                ])
            #expect(answer.status == 204)
            #expect(answer.headers["access-control-allow-origin"] == "https://friend.test")
            #expect(answer.headers["access-control-allow-methods"] == "GET, POST")
            #expect(answer.headers["access-control-allow-headers"] == "content-type,x-token")
            #expect(answer.headers["content-length"] == nil)
        }
    }

    @Test("allowRequest gets the handshake and may refuse it with its own message, on both transports")
    func allowRequest() async throws {
        var options = SocketIOOptions()
        options.allowRequest = { request in
            request.query("token") == "a b" && request.header("X-Key") == "k" && request.path == "/socket.io/"
                && request.remoteAddress == "127.0.0.1" ? nil : "say \"please\""
        }
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            #expect(try await client.request("GET", PollingTests.start + "&token=a%20b", ["x-key: k"]).status == 200)
            let refused = try await client.request("GET", PollingTests.start)
            #expect(refused.status == 403)
            #expect(refused.text == #"{"code":4,"message":"say \"please\""}"#)
            let socket = try await server.connect()
            #expect(try await socket.openWebSocket(WebSocketTests.start).status == 403)
            let other = try await server.connect()
            #expect(try await other.openWebSocket(WebSocketTests.start + "&token=a+b", ["x-key: k"]).status == 101)
        }
    }

    @Test("headers of the options are on every response")
    func headers() async throws {
        var options = SocketIOOptions()
        options.headers = [("X-Frame-Options", "DENY")]
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            for target in [PollingTests.start, "/socket.io/", "/socket.io/socket.io.js"] {
                #expect(try await client.request("GET", target).headers["x-frame-options"] == "DENY")
            }
            #expect(try await client.openWebSocket(WebSocketTests.start).headers["x-frame-options"] == "DENY")
        }
    }
}
