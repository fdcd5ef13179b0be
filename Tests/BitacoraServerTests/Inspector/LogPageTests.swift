import JSON
import Testing
@testable import BitacoraServer

/// The inspector over real sockets.
@Suite struct LogPageTests {
    private func append(_ events: [JSONValue], to server: RunningServer) async throws {
        let answer = try await server.request("POST", "/api/events", body: JSONValue.array(events).text)
        #expect(answer.status == 201, "\(answer.body)")
    }

    private func event(_ topic: String = "tests", _ type: String = "happened", _ data: JSONValue = nil) -> JSONValue {
        ["topic": .string(topic), "type": .string(type), "data": data]
    }

    private func json(_ server: RunningServer, _ target: String) async throws -> JSONValue {
        try JSONValue(parsing: try await server.request("GET", target).body)
    }

    /// The offsets of the rows, in their order.
    private func rows(_ page: String) -> [Int] {
        page.matches(of: /id="event-([0-9]+)"/).compactMap { Int($0.1) }
    }

    @Test(
        "every address answers",
        arguments: [
            ("/log", 200, "text/html; charset=utf-8"), ("/log/1", 404, "application/problem+json"),
            ("/log/x", 404, "application/problem+json"),
            ("/log?fbclid=x&topc=a", 200, "text/html; charset=utf-8"),
            ("/log?topic=**x", 400, "text/html; charset=utf-8"),
            ("/log?at=9", 404, "text/html; charset=utf-8"), ("/log?at=x", 400, "text/html; charset=utf-8"),
            ("/log?at=0", 200, "text/html; charset=utf-8"),
            ("/log/1?x=1", 404, "application/problem+json"), ("/api/log", 200, "application/json"),
            ("/api/log?x=1", 200, "application/json"),
            ("/api/state/marketplace", 200, "application/json"),
            ("/api/state/marketplace?at=0", 200, "application/json"),
            ("/api/state/marketplace?at=1", 404, "application/problem+json"),
            ("/api/state/marketplace?at=soon", 400, "application/problem+json"),
            ("/api/state/marketplace?_=1", 200, "application/json"),
            ("/api/state/marketplace?At=1", 400, "application/problem+json"),
            ("/api/state/market", 404, "application/problem+json"),
        ])
    func smoke(target: String, status: Int, type: String) async throws {
        try await withServer { server in
            let answer = try await server.request("GET", target)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == type)
            #expect(answer.headers["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(try await server.request("POST", target).status == 405)
            #expect(try await server.request("GET", target, [("Origin", "https://evil.example")]).status == 403)
        }
    }

    @Test("the newest fifty events are listed, and links lead to all others and back")
    func paging() async throws {
        try await withServer { server in
            try await append((1...120).map { event(data: .number(JSONNumber($0))) }, to: server)
            let newest = try await server.request("GET", "/log").body
            #expect(rows(newest) == Array((71...120).reversed()))
            #expect(newest.contains(#"href="/log?before&#x3D;71""#))
            #expect(newest.contains("data-live=\"true\""))
            let older = try await server.request("GET", "/log?before=71").body
            #expect(rows(older) == Array((21...70).reversed()))
            #expect(older.contains("data-live=\"false\"") && older.contains(#"href="/log?after&#x3D;70""#))
            #expect(rows(try await server.request("GET", "/log?before=21").body) == Array((1...20).reversed()))
            #expect(rows(try await server.request("GET", "/log?after=70").body) == Array((71...120).reversed()))
            #expect(rows(try await server.request("GET", "/log?after=120").body) == [])
        }
    }

    private func event(data: JSONValue) -> JSONValue { event("tests", "happened", data) }

    @Test(
        "text that others wrote is escaped wherever it is shown",
        arguments: ["/log", "/log/1", "/log?topic=hostile&at=1", "/log?grep=%3Cscript"])
    func hostile(target: String) async throws {
        let text = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{title}}&\u{202E}"
        try await withServer { server in
            let name = String(text.filter { $0 != "/" && $0 != "," }.prefix(100))
            let wide = name + String(repeating: "w", count: 255 - name.utf8.count)
            let data = JSONValue.object(JSONObject([(text, .string(text))]))
            try await append(
                [
                    [
                        "topic": .string(wide), "type": .string(name), "id": .string(wide), "source": .string(wide),
                        "data": data,
                    ]
                ], to: server)
            let page = try await server.request("GET", target).body
            #expect(!page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("\u{202E}"))
            if target != "/log?topic=hostile&at=1" {
                #expect(page.contains("&lt;script&gt;alert(1)") && page.contains(#"\u202e"#))
            }
        }
    }

    @Test("the error of a field is shown beside the form, which keeps the values")
    func faults() async throws {
        try await withServer { server in
            let page = try await server.request("GET", "/log?topic=**x&since=soon&grep=%22%3E")
            #expect(page.status == 400)
            #expect(page.body.contains("is not a topic or pattern"))
            #expect(page.body.contains(#"placeholder="orders/*" spellcheck="false" aria-invalid="true""#))
            #expect(page.body.contains(#"name="topic" value="**x""#))
            #expect(page.body.contains(#"value="&quot;&gt;""#) && page.body.contains(#"value="soon""#))
            #expect(!page.body.contains("id=\"events\""))
        }
    }

    @Test("the page of an event has its neighbours in the topic, its digest and its indented data")
    func detail() async throws {
        try await withServer { server in
            try await append(
                [event("a", "t", ["x": [1, [:], "y\\\""]]), event("b"), event("a"), event("b"), event("a")], to: server)
            let page = try await server.request("GET", "/log/3").body
            #expect(page.contains(#"<a href="/log/1" rel="prev""#) && page.contains(#"<a href="/log/5" rel="next""#))
            #expect(page.contains(/<code>[0-9a-f]{32}<\/code>/))
            let first = try await server.request("GET", "/log/1").body
            #expect(first.contains("{\n  &quot;x&quot;: [\n    1,\n    {},\n    &quot;y\\\\\\&quot;&quot;\n  ]\n}"))
            #expect(first.contains("first event, "))
            #expect(try await server.request("GET", "/log/5").body.contains("last event so far"))
        }
    }

    @Test("bytes are shown in hexadecimal, and long data are cut")
    func bytes() async throws {
        try await withServer { server in
            let long = String(repeating: "x", count: 300_000)
            try await append(
                [
                    ["topic": "t", "type": "t", "data": "AAEC/w==", "encoding": "base64"], event(data: .string(long)),
                ], to: server)
            #expect(try await server.request("GET", "/log/1").body.contains("<bdi>000000  00 01 02 ff</bdi>"))
            let page = try await server.request("GET", "/log/2").body
            #expect(page.contains("Only the beginning is shown.") && page.utf8.count < 280_000)
            let list = try await server.request("GET", "/log").body
            #expect(list.contains("(4 bytes)") && list.utf8.count < 20_000)
        }
    }

    @Test("deeply nested data do not make a page many times as long")
    func nested() async throws {
        try await withServer { server in
            let depth = 60
            let data =
                String(repeating: "[", count: depth) + String(repeating: "[],", count: 80_000) + "1"
                + String(repeating: "]", count: depth)
            #expect(
                try await server.request("POST", "/api/events", body: #"{"topic":"t","type":"t","data":\#(data)}"#)
                    .status == 201)
            let page = try await server.request("GET", "/log/1").body
            #expect(page.contains("Only the beginning is shown.") && page.utf8.count < 280_000)
        }
    }

    @Test("new events are compared with the start of the list, too")
    func beginning() async throws {
        try await withServer { server in
            let page = try await server.request("GET", "/log?from=1000&since=2026-01-02").body
            #expect(page.contains("data-live=\"true\""))
            #expect(page.contains("&quot;from&quot;:1000,&quot;since&quot;:&quot;2026-01-02T00:00:00"))
        }
    }

    @Test("the overview lists the topics and types with the most events, and counts the others")
    func overview() async throws {
        try await withServer { server in
            try await append(
                (0..<150).map { event("t/\($0)", $0 < 100 ? "often" : "rare") } + [event("t/7")], to: server)
            let log = try await json(server, "/api/log")
            #expect(
                (log["events"]?.int, log["head"]?.int, log["first"]?.int, log["durability"]?.string) == (
                    151, 151, 1, "none"
                ))
            #expect((log["topicCount"]?.int, log["topics"]?.array?.count) == (150, 100))
            #expect(log["topics"]?.array?.first == ["name": "t/7", "events": 2])
            #expect(
                log["types"] == [
                    ["name": "often", "events": 100], ["name": "rare", "events": 50],
                    ["name": "happened", "events": 1],
                ])
            let counts = try #require(log["histogram"]?["counts"]?.array)
            #expect(counts.compactMap(\.int).reduce(0, +) == 151)
            #expect(try await server.request("GET", "/log").body.contains("and 50 more with fewer events"))
        }
    }

    @Test(
        "an answer is the same until something happens",
        arguments: ["/log", "/api/log", "/log/1", "/api/state/marketplace?at=1"])
    func tags(target: String) async throws {
        try await withServer { server in
            try await append([event()], to: server)
            let first = try await server.request("GET", target)
            let tag = try #require(first.headers["etag"])
            #expect(try await server.request("GET", target, [("If-None-Match", tag)]).status == 304)
            #expect(try await server.request("GET", target, [("If-None-Match", "\"x\"")]).body == first.body)
        }
    }

    @Test("a past state has the products of its offset, and the page shows the changes")
    func state() async throws {
        try await withServer { server in
            let product = #"{"title":"Lamp","code":"L-1","price":9.5}"#
            #expect(try await server.request("POST", "/api/products", body: product).status == 201)
            #expect(try await server.request("PATCH", "/api/products/1", body: #"{"price":12}"#).status == 200)
            #expect(try await server.request("DELETE", "/api/products/1").status == 200)
            for (at, price) in [(0, nil), (1, "9.5"), (2, "12"), (3, nil)] as [(Int, String?)] {
                let answer = try await json(server, "/api/state/marketplace?at=\(at)")
                #expect((answer["name"]?.string, answer["offset"]?.int, answer["head"]?.int) == ("marketplace", at, 3))
                #expect(answer["state"]?["products"]?.array?.first?["price"]?.number?.text == price)
            }
            #expect(try await json(server, "/api/state/marketplace")["offset"] == 3)
            #expect(try await json(server, "/api/state/marketplace?at=2001-01-01")["offset"] == 0)
            let page = try await server.request("GET", "/log?at=2").body
            #expect(page.contains("2 changes since offset 1."))
            #expect(
                page.contains(
                    "<bdi>products[id&#x3D;1].price</bdi></code> <del><code><bdi>9.5</bdi></code></del> <ins><code><bdi>12</bdi></code></ins>"
                ))
            #expect(try await server.request("GET", "/log?at=3&against=0").body.contains("<bdi>nextProductID</bdi>"))
            let problem = try await json(server, "/api/state/marketplace?at=4")
            #expect(problem["detail"] == "there is no state at offset 4; offsets 0 to 3 have a state")
            #expect(
                try await json(server, "/api/state/x")["detail"]
                    == "there is no projection 'x'; the projection of this server is marketplace")
        }
    }

    @Test("the empty fields of a form are ignored, and a filtered list says when nothing matches")
    func emptiness() async throws {
        try await withServer { server in
            #expect(try await server.request("GET", "/log").body.contains("No events yet."))
            try await append([event()], to: server)
            #expect(
                rows(
                    try await server.request("GET", "/log?topic=&type=&grep=&source=&id=&from=&to=&since=&until=").body)
                    == [1])
            #expect(try await server.request("GET", "/log?topic=none").body.contains("No events found."))
        }
    }
}
