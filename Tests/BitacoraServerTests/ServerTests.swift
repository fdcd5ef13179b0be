import BitacoraServer
import JSON
import TestSupport
import Testing

/// A whole server over real sockets: each interface once.
@Suite struct ServerTests {
    private static let product = #"{"title":"Lamp","code":"L-1","price":9.5}"#

    private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    @Test(
        "every address answers",
        arguments: [
            ("GET", "/", 200, "text/html; charset=utf-8"),
            ("GET", "/realtimeproducts", 200, "text/html; charset=utf-8"),
            ("GET", "/assets/style.css", 200, "text/css; charset=utf-8"), ("GET", "/healthz", 200, "application/json"),
            ("GET", "/readyz", 200, "application/json"), ("GET", "/api/products", 200, "application/json"),
            ("GET", "/api/products/", 200, "application/json"), ("GET", "/api/messages", 200, "application/json"),
            ("GET", "/api/events", 200, "application/json"),
            ("GET", "/api/products/1", 404, "application/problem+json"),
            ("GET", "/api/products/+1", 404, "application/problem+json"),
            ("GET", "/api/products/x", 404, "application/problem+json"),
            ("GET", "/api/events/0", 404, "application/problem+json"),
            ("GET", "/api/events/1", 404, "application/problem+json"),
            ("GET", "/nothing", 404, "application/problem+json"),
            ("GET", "/api/%70roducts/x", 404, "application/problem+json"),
            ("DELETE", "/api/products/1", 404, "application/problem+json"),
            ("PUT", "/", 405, "application/problem+json"),
            ("OPTIONS", "/api/events", 405, "application/problem+json"),
            ("POST", "/api/events", 400, "application/problem+json"),
            ("GET", "/api/events?after=x", 400, "application/problem+json"),
            ("GET", "/api/events?wait=56", 400, "application/problem+json"),
            ("GET", "/api/events?wait=nan", 400, "application/problem+json"),
            ("GET", "/api/auctions", 200, "application/json"),
            ("GET", "/api/auctions/1", 404, "application/problem+json"),
            ("GET", "/auctions", 200, "text/html; charset=utf-8"),
            ("GET", "/auctions/1", 404, "application/problem+json"),
            ("POST", "/api/auctions/1/close", 404, "application/problem+json"),
            ("GET", "/api/auctions/1/bids", 405, "application/problem+json"),
        ])
    func smoke(method: String, target: String, status: Int, type: String) async throws {
        try await withServer { server in
            let answer = try await server.request(method, target)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == type)
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            if type.hasSuffix("json") { #expect(try json(answer.body).object != nil) }
        }
    }

    @Test(
        "the error of a path that is not an offset or id names the valid values",
        arguments: [
            ("/api/events/0", "'0' is not an offset; offsets"), ("/api/events/-1", "'-1' is not an offset; offsets"),
            ("/api/events/abc", "'abc' is not an offset; offsets"), ("/log/1.5", "'1.5' is not an offset; offsets"),
            ("/api/events/99999999999999999999", "'99999999999999999999' is not an offset; offsets"),
            ("/api/products/0", "'0' is not an id; ids"), ("/auctions/x", "'x' is not an id; ids"),
        ])
    func noNumber(target: String, beginning: String) async throws {
        try await withServer { server in
            let answer = try await server.request("GET", target)
            #expect(answer.status == 404)
            let problem = try json(answer.body)
            #expect(problem["code"] == "not-found")
            #expect(problem["detail"] == .string("\(beginning) are whole numbers from 1 to 9223372036854775807"))
        }
    }

    @Test("the error of an offset without an event names the valid offsets, in the API and the inspector")
    func noEvent() async throws {
        try await withServer { server in
            for path in ["/api/events", "/log"] {
                let answer = try await server.request("GET", path + "/1")
                #expect(try json(answer.body)["detail"] == "there is no event at offset 1; the log is empty")
            }
            let posted = try await server.request("POST", "/api/events", body: #"{"topic":"t","type":"x","data":1}"#)
            #expect(posted.status == 201)
            for offset in ["2", "9223372036854775807"] {
                let answer = try await server.request("GET", "/api/events/\(offset)")
                #expect(
                    try json(answer.body)["detail"]
                        == .string("there is no event at offset \(offset); the log has 1 to 1"))
            }
        }
    }

    @Test(
        "an answer to HEAD has no body, nor has an error",
        arguments: ["/", "/api/events", "/nothing", "/api/products/1", "/api/events?after=x"])
    func head(target: String) async throws {
        try await withServer { server in
            let client = try await server.connect()
            _ = try await client.request("HEAD", target)
            // A body would be read as the beginning of the next answer.
            #expect(try await client.request("GET", "/healthz").status == 200)
        }
    }

    @Test("a product's life over HTTP reaches every socket and stream")
    func life() async throws {
        try await withServer { server in
            let socket = try await server.socket("?topics=products")
            #expect(try await message(socket)["type"] == "replayed")
            let stream = try await server.connect()
            try await stream.send("GET", "/api/events", [("Accept", "text/html;q=0.5, text/event-stream")])
            #expect(try await stream.answer().headers["content-type"] == "text/event-stream")
            #expect(try await stream.text(through: "\n\n").contains("event: replayed\n"))

            let created = try await server.request("POST", "/api/products", body: Self.product)
            #expect((created.status, created.headers["location"]) == (201, "/api/products/1"))
            let tag = try #require(created.headers["etag"])
            #expect(tag.hasSuffix("-1\""))
            for other in ["\"1\"", "\"0123456789abcdef-1\"", tag.replacing("-1", with: "-+1"), String(tag.dropFirst())]
            {
                #expect(
                    try await server.request("PATCH", "/api/products/1", [("If-Match", other)], body: #"{"stock":2}"#)
                        .status == 412)
            }
            #expect(
                try await server.request(
                    "PATCH", "/api/products/1", [("If-Match", "\"x\", W/" + tag)], body: #"{"stock":2}"#
                ).status == 200)
            #expect(try await server.request("DELETE", "/api/products/1").status == 200)

            for type in ["product.created", "product.updated", "product.deleted"] {
                #expect(try await message(socket)["type"]?.string == type)
                #expect(try await stream.text(through: "\n\n").contains(#""type":"\#(type)""#))
            }
            try await socket.close()
        }
    }

    @Test("the commands of a socket are acknowledged to it, and their events are sent to all")
    func commands() async throws {
        try await withServer { server in
            let (one, other) = (try await server.socket(), try await server.socket("?after=live"))
            for socket in [one, other] { #expect(try await message(socket)["type"] == "replayed") }
            try await one.send(message: #"{"command":"message.post","data":{"text":"hello"},"ref":7}"#)
            let heard = [try await message(one), try await message(one)]
            #expect(heard.contains(["type": "ack", "ref": 7, "offset": 1]))
            #expect(heard.contains { $0["data"]?["text"] == "hello" })
            #expect(try await message(other)["data"]?["text"] == "hello")
            try await one.send(message: #"{"command":"message.post","data":{"text":""},"ref":8}"#)
            #expect(try await message(one)["error"]?["field"] == "text")
            for socket in [one, other] { try await socket.close() }
        }
    }

    private func message(_ socket: Client) async throws -> JSONValue {
        guard let frame = try await socket.frame() else { throw TestFailure("the socket has ended") }
        return try JSONValue(parsing: frame.payload)
    }

    @Test("a long poll ends with a matching event, and closes its connection")
    func longPolling() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send("GET", "/api/events?after=live&topics=chat&wait=50")
            #expect(try await server.request("POST", "/api/products", body: Self.product).status == 201)
            #expect(try await server.request("POST", "/api/messages", body: #"{"text":"hello"}"#).status == 201)
            let answer = try await client.answer()
            #expect(try json(answer.body)["events"]?.array?.map { $0["offset"] } == [2])
            #expect(answer.headers["connection"] == "close")
            #expect(try await client.rest() == [])
        }
    }

    @Test("a request after a long poll is not answered, and does not keep the connection open", .timeLimit(.minutes(1)))
    func pipelining() async throws {
        try await withServer { server in
            let client = try await server.connect()
            let host = "Host: localhost\r\n\r\n"
            try await client.send("GET /api/events?wait=0.1 HTTP/1.1\r\n" + host + "GET /healthz HTTP/1.1\r\n" + host)
            let answer = try await client.answer()
            #expect((answer.status, answer.headers["connection"]) == (200, "close"))
            #expect(try await client.rest() == [])
        }
    }

    @Test(
        "a stream with a parameter of JSON answers is rejected, with any form of Accept",
        arguments: [
            "text/event-stream", "text/html, text/event-stream", "TEXT/Event-Stream;q=1",
            "text/html,text/event-stream ;q=0.9",
        ])
    func refusedStream(accept: String) async throws {
        try await withServer { server in
            let answer = try await server.request("GET", "/api/events?limit=5", [("Accept", accept)])
            #expect(answer.status == 400)
            #expect(try json(answer.body)["field"] == "limit")
        }
    }

    @Test(
        "an event that is too deep or too large is rejected, and the server continues",
        arguments: [
            (String(repeating: "[", count: 100_000), 400),
            (#"{"topic":"a","type":"b","data":"\#(String(repeating: "x", count: 1 << 20))"}"#, 413),
            ("[]", 422), (#"[{"topic":"a","type":"b","data":1},{"topic":"a"}]"#, 422),
        ])
    func refusedEvents(body: String, status: Int) async throws {
        try await withServer { server in
            let answer = try await server.request("POST", "/api/events", body: body)
            #expect(answer.status == status)
            #expect(try json(await server.request("GET", "/readyz").body)["head"] == 0)
        }
    }

    @Test("the length of an Idempotency-Key is limited")
    func longKeys() async throws {
        try await withServer { server in
            for (count, status) in [(255, 201), (256, 413)] {
                let key = ("Idempotency-Key", String(repeating: "k", count: count))
                let answer = try await server.request("POST", "/api/products", [key], body: Self.product)
                #expect(answer.status == status)
            }
            let empty = try await server.request("POST", "/api/products", [("Idempotency-Key", "")], body: Self.product)
            #expect(empty.status == 422)
        }
    }

    @Test("a request without Host is answered, since no browser sends it; one with a foreign Host is rejected")
    func hosts() async throws {
        try await withServer { server in
            let old = try await server.connect()
            try await old.send("GET /healthz HTTP/1.0\r\n\r\n")
            #expect(try await old.answer().status == 200)
            let wrong = try await server.connect()
            try await wrong.send("GET /healthz HTTP/1.1\r\n\r\n")
            #expect(try await wrong.answer().status == 400)
            #expect(try await server.request("GET", "/healthz", [("Host", "evil.example")]).status == 421)
            #expect(try await server.request("GET", "/healthz", [("Origin", "null")]).status == 403)
        }
    }

    @Test(
        "an invalid request for a stream or socket is answered with the problem and the common headers",
        arguments: [
            ("after=x", "after"), ("since=soon", "since"), ("topics=a//b", "topics"), ("types=a.*", "types"),
            ("topcs=a", "topcs"), ("limit=3", "limit"), ("wait=1", "wait"),
        ])
    func refusedStream(query: String, field: String) async throws {
        let origin = ("Origin", "https://shop.example")
        try await withServer({ $0.allowedOrigins = [origin.1] }) { server in
            for headers in [[("Accept", "text/event-stream")], [("Connection", "Upgrade"), ("Upgrade", "websocket")]] {
                let answer = try await server.request("GET", "/api/events?\(query)", headers + [origin])
                #expect(answer.status == 400)
                #expect(answer.headers["content-type"] == "application/problem+json")
                #expect(answer.headers["cache-control"] == "no-store")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["access-control-allow-origin"] == origin.1)
                #expect(answer.headers["cross-origin-resource-policy"] == "cross-origin")
                #expect(try json(answer.body)["field"] == .string(field))
            }
            let foreign = [("Accept", "text/event-stream"), ("Origin", "https://evil.example")]
            #expect(try await server.request("GET", "/api/events", foreign).status == 403)
        }
    }

    @Test("an allowed origin gets its preflight answer, and may read every answer")
    func crossOrigin() async throws {
        let origin = ("Origin", "https://shop.example")
        try await withServer({ $0.allowedOrigins = [origin.1] }) { server in
            let asked = try await server.request(
                "OPTIONS", "/api/products", [origin, ("Access-Control-Request-Method", "POST")])
            #expect((asked.status, asked.headers["access-control-allow-origin"]) == (204, origin.1))
            for body in [Self.product, "{}"] {
                let answer = try await server.request("POST", "/api/products", [origin], body: body)
                #expect(answer.headers["access-control-allow-origin"] == origin.1)
                #expect(answer.headers["cross-origin-resource-policy"] == "cross-origin")
            }
        }
    }

    @Test("a page is the same until something happens, and then another", arguments: ["/", "/realtimeproducts"])
    func pages(target: String) async throws {
        try await withServer { server in
            let first = try await server.request("GET", target)
            let tag = try #require(first.headers["etag"])
            #expect(try await server.request("GET", target).body == first.body)
            let unchanged = try await server.request("GET", target, [("If-None-Match", "W/" + tag)])
            #expect((unchanged.status, unchanged.body, unchanged.headers["etag"]) == (304, "", tag))
            #expect(try await server.request("POST", "/api/products", body: Self.product).status == 201)
            let changed = try await server.request("GET", target, [("If-None-Match", tag)])
            #expect(changed.status == 200)
            #expect(changed.headers["etag"] != tag)
            #expect(changed.body.contains("Lamp") && !first.body.contains("Lamp"))
        }
    }

    @Test("a browser gets an error page")
    func errorPages() async throws {
        try await withServer { server in
            let answer = try await server.request("GET", "/nothing", [("Accept", "text/html")])
            #expect((answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"))
            #expect(
                try await server.request("GET", "/api/nothing", [("Accept", "text/html")]).headers["content-type"]
                    == "application/problem+json")
        }
    }
}
