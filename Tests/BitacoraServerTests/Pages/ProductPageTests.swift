import Testing
@testable import BitacoraServer

/// The home page and the forms over real sockets.
@Suite struct ProductPageTests {
    private static let form = ("Content-Type", "application/x-www-form-urlencoded")

    private func post(
        _ server: RunningServer, _ target: String, _ body: String, _ headers: [(String, String)] = []
    ) async throws -> Client.Answer {
        try await server.request("POST", target, [Self.form] + headers, body: body)
    }

    /// The version of a product that the forms of its page carry.
    private func version(_ server: RunningServer, of id: Int = 1) async throws -> String {
        let page = try await server.request("GET", "/products/\(id)").body
        return String(try #require(page.firstMatch(of: /name="version" value="([0-9a-f]{16}-[0-9]+)"/)).1)
    }

    private func titles(_ page: String) -> [String] {
        page.matches(of: /<h2 data-field="title">([^<]*)</).map { String($0.1) }.filter { !$0.isEmpty }
    }

    @Test(
        "an earlier state is shown with a link to the newest, and an invalid field is reported in the form",
        arguments: [
            ("/?at=1", 200, ["Lamp"]), ("/?at=0", 200, []), ("/?at=3", 200, ["Lamp", "Rope"]),
            ("/?at=2026-01-02", 200, []), ("/?at=0s&q=rope", 200, ["Rope"]),
            ("/?at=4", 404, []), ("/?at=soon", 400, []), ("/?sort=x", 400, []), ("/?page=2", 404, []),
            ("/?fbclid=x&utm_source=mail", 200, ["Lantern", "Rope"]), ("/?at=", 200, ["Lantern", "Rope"]),
            ("/", 200, ["Lantern", "Rope"]),
        ] as [(String, Int, [String])])
    func earlierStates(target: String, status: Int, found: [String]) async throws {
        try await withServer { server in
            _ = try await server.request("POST", "/api/products", body: #"{"title":"Lamp","code":"L","price":1}"#)
            _ = try await server.request("POST", "/api/products", body: #"{"title":"Rope","code":"R","price":1}"#)
            if !target.hasSuffix("3") {
                _ = try await server.request("PATCH", "/api/products/1", body: #"{"title":"Lantern"}"#)
            }
            if target.hasSuffix("3") {
                _ = try await server.request("POST", "/api/messages", body: #"{"text":"Ahoy"}"#)
            }
            let answer = try await server.request("GET", target)
            #expect(answer.status == status)
            #expect(titles(answer.body) == found)
            #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            #expect(answer.body.contains("id=\"filter-problem\"") == (status != 200))
            #expect(
                answer.body.contains("id=\"now\"")
                    == (status == 200 && target.contains("at=") && !target.hasSuffix("at=")))
            let again = try await server.request("GET", target, [("If-None-Match", answer.headers["etag"] ?? "none")])
            #expect(again.status == (status == 200 ? 304 : status))
        }
    }

    @Test("a form creates, changes and deletes a product, each once even if it is sent twice")
    func life() async throws {
        try await withServer { server in
            for _ in 0..<2 {
                let answer = try await post(
                    server, "/realtimeproducts", "title=Lamp&code=L&price=9.5&stock=1&status=on&after=0")
                #expect((answer.status, answer.headers["location"]) == (303, "/realtimeproducts#product-1"))
            }
            #expect(try await server.request("GET", "/products/1").body.contains(#"name="title" value="Lamp""#))
            let first = try await version(server)
            for _ in 0..<2 {
                let answer = try await post(
                    server, "/products/1", "title=Lantern&code=L&price=9.5&stock=1&status=on&version=\(first)")
                #expect((answer.status, answer.headers["location"]) == (303, "/realtimeproducts#product-1"))
            }
            let second = try await version(server)
            #expect(first.hasSuffix("-1"))
            #expect(second == String(first.dropLast()) + "2")
            let stale = try await post(server, "/products/1", "title=Torch&code=L&price=9.5&stock=1&version=\(first)")
            #expect(stale.status == 412 && stale.body.contains("changed at offset 2"))
            #expect(
                stale.body.contains(#"name="version" value="\#(second)""#) && stale.body.contains(#"value="Torch""#))
            #expect(try await post(server, "/products/1/delete", "version=\(first)").status == 412)
            for _ in 0..<2 {
                #expect(
                    try await post(server, "/products/1/delete", "version=\(second)").headers["location"]
                        == "/realtimeproducts")
            }
            #expect(try await server.request("GET", "/products/1").status == 404)
            #expect(try await post(server, "/products/1", "title=A&code=B&price=1").status == 404)
            // The same form, sent again with the browser's Back button after its product was deleted, creates another product.
            #expect(
                try await post(server, "/realtimeproducts", "title=Lamp&code=L&price=9.5&stock=1&status=on&after=0")
                    .headers["location"] == "/realtimeproducts#product-2")
        }
    }

    @Test(
        "a form without a version of this log changes nothing, and is shown again with the current version",
        arguments: [
            "", "&version=", "&version=1", "&version=x", "&version=0123456789abcdef-1", "&version=%221%22",
        ])
    func versions(field: String) async throws {
        try await withServer { server in
            #expect(try await post(server, "/realtimeproducts", "title=Lamp&code=L&price=1&stock=1").status == 303)
            let current = try await version(server)
            for (target, title) in [("/products/1", "Torch"), ("/products/1/delete", "Lamp")] {
                let answer = try await post(server, target, "title=Torch&code=L&price=1&stock=1" + field)
                #expect(answer.status == 412)
                #expect(answer.body.contains("the form names no version of the product in this log"))
                #expect(
                    answer.body.contains(#"name="version" value="\#(current)""#)
                        && answer.body.contains(#"value="\#(title)""#))
            }
            #expect(try await server.request("GET", "/api/products/1").headers["etag"] == "\"\(current)\"")
        }
    }

    @Test(
        "an error is shown beside its field, with the text that was typed",
        arguments: [
            ("title=A%22%3E&code=TAKEN&price=1&stock=1", 409, "code"), ("title=&code=B&price=1&stock=1", 422, "title"),
            ("title=A&code=B&price=&stock=1", 422, "price"),
            ("title=A&code=B&price=1%2C5&stock=1", 422, "price"), ("title=A&code=B&price=1&stock=1.5", 422, "stock"),
            ("title=A&code=B&price=1&thumbnails=javascript:x&stock=1", 422, "thumbnails"),
        ])
    func refusals(body: String, status: Int, field: String) async throws {
        try await withServer { server in
            #expect(try await post(server, "/realtimeproducts", "title=First&code=TAKEN&price=1&stock=1").status == 303)
            for target in ["/realtimeproducts", "/products/2"] {
                if target == "/products/2" {
                    #expect(
                        try await post(server, "/realtimeproducts", "title=Second&code=C&price=1&stock=1").status == 303
                    )
                }
                let shown = target == "/products/2" ? try await version(server, of: 2) : ""
                let answer = try await post(server, target, shown.isEmpty ? body : "\(body)&version=\(shown)")
                #expect(answer.status == status)
                #expect(answer.body.contains(#"describedby="error-\#(field)" aria-invalid="true""#))
                #expect(
                    answer.body.firstMatch(
                        of: try Regex(#"id="error-\#(field)" data-error-for="\#(field)">\#(field) [A-Za-z]"#)) != nil)
                if body.contains("%22") { #expect(answer.body.contains(#"name="title" value="A&quot;&gt;""#)) }
            }
        }
    }

    @Test(
        "a form of another site is refused, with or without an Origin header",
        arguments: [
            ([("Origin", "https://evil.example")], 403), ([("Origin", "null")], 403),
            ([("Sec-Fetch-Site", "cross-site")], 403),
            ([("Sec-Fetch-Site", "same-site")], 403), ([("Sec-Fetch-Site", "same-origin")], 303),
            ([("Sec-Fetch-Site", "none")], 303), ([], 303),
        ] as [([(String, String)], Int)])
    func otherSites(headers: [(String, String)], status: Int) async throws {
        try await withServer { server in
            let answer = try await post(
                server, "/realtimeproducts", "title=A&code=B&price=1&stock=1", headers + [("Accept", "text/html")])
            #expect(answer.status == status)
            if status == 403 { #expect(answer.headers["content-type"] == "text/html; charset=utf-8") }
        }
    }

    @Test("a body that is not a form is refused, and so is a form that is too large")
    func bodies() async throws {
        try await withServer { server in
            let json = try await server.request(
                "POST", "/realtimeproducts", [("Content-Type", "application/json")], body: "{}")
            #expect(json.status == 415)
            let large = try await post(
                server, "/realtimeproducts", "description=" + String(repeating: "x", count: 512 << 10)
            )
            #expect(large.status == 413)
        }
    }
}
