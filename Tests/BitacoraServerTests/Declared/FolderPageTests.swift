import BitacoraServer
import Testing

/// The pages and the states of an application in a folder, over real sockets.
@Suite(.serialized) struct FolderPageTests {
    @Test("a list shows the rows in the order of its sort, filtered by the query, with the total")
    func list() async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("5", "Apple"), ("7", "Cherry"), ("6", "Banana"))
            _ = try await server.perform("ticket.close", #"{"ticket":7}"#)
            let all = try await server.request("GET", "/tickets")
            #expect(
                all.body
                    == "<title>All tickets</title>3 at 4: <li>7 Cherry closed</li><li>6 Banana open</li><li>5 Apple open</li>[]"
            )
            let open = try await server.request("GET", "/tickets?state=open")
            #expect(open.body.contains("2 at 4: <li>6 Banana open</li><li>5 Apple open</li>[open]"))
            #expect(try await server.request("GET", "/tickets?state=lost").body.contains("0 at 4: [lost]"))
        }
    }

    @Test("a page shows any past state, and says which moments have none")
    func past() async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("1", "Lamp"))
            _ = try await server.perform("ticket.close", #"{"ticket":1}"#)
            let past = try await server.request("GET", "/tickets?at=1")
            #expect(past.body.contains("1 at 1 as of 1: <li>1 Lamp open</li>"))
            #expect(try await server.request("GET", "/tickets?at=0").body.contains("0 at 0 as of 0: "))
            let time = try await server.request("GET", "/tickets?at=2099-01-01")
            #expect(time.body.contains("1 at 2 as of 2: <li>1 Lamp closed</li>"), "\(time.body)")
            #expect(try await server.request("GET", "/tickets?at=").body.contains("1 at 2: "))
            let before = try await server.request("GET", "/tickets/1?at=0")
            #expect(before.status == 404)
            #expect(before.body.contains("there is no row '1' in collection tickets at offset 0"))
            let missing = try await server.request("GET", "/tickets/8").body
            #expect(missing.contains("there is no row '8' in collection tickets\""), "\(missing)")
            #expect(try await server.request("GET", "/tickets?at=3").status == 404)
            #expect(try await server.request("GET", "/tickets?at=soon").status == 400)
        }
    }

    @Test(
        "an empty `at` is the newest state, on pages and in the API, and another one is the same error everywhere",
        arguments: [
            "/tickets", "/tickets/1", "/api/collections/tickets", "/api/collections/tickets/1", "/api/state/tickets",
        ])
    func moments(_ path: String) async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("1", "Lamp"))
            let newest = try await server.request("GET", path)
            let empty = try await server.request("GET", path + "?at=")
            #expect((empty.status, empty.body) == (200, newest.body))
            #expect(try await server.request("GET", path + "?at=1").status == 200)
            #expect(try await server.request("GET", path + "?at=2").status == 404)
            let invalid = try await server.request("GET", path + "?at=%20")
            #expect(invalid.status == 400 && invalid.body.contains(#""field":"at""#), "\(invalid.body)")
        }
    }

    @Test("the page of one row shows its fields, and an unknown row is not found")
    func row() async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("a b", "Lamp"))
            let page = try await server.request("GET", "/tickets/a%20b")
            #expect(page.body.contains("<title>tickets a b</title>a b: Lamp by Ana is open"))
            #expect(page.body.contains(":1"))
            let missing = try await server.request("GET", "/tickets/8", [("Accept", "text/html")])
            #expect(missing.status == 404)
            #expect(try await server.request("GET", "/nowhere").status == 404)
            #expect(try await server.request("POST", "/tickets", body: "").status == 405)
            #expect(try await server.request("GET", "/commands/ticket.open").status == 405)
        }
    }

    @Test("a page is unchanged (304) until one of its rows changes")
    func caching() async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("1", "Lamp"))
            for path in ["/tickets", "/tickets/1", "/people", "/tickets?state=open"] {
                let tag = try #require(try await server.request("GET", path).headers["etag"])
                #expect(try await server.request("GET", path, [("If-None-Match", tag)]).status == 304)
                _ = try await server.perform("ticket.grade", #"{"ticket":1,"points":1}"#)
                #expect(try await server.request("GET", path, [("If-None-Match", tag)]).status == 200)
            }
        }
    }

    @Test("a grouped collection has its own page, whose size bounds the rows")
    func grouped() async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("1", "Lamp"), ("2", "Bulb"))
            _ = try await server.perform("ticket.open", #"{"ticket":3,"by":"Bo","text":"x"}"#)
            _ = try await server.perform("ticket.grade", #"{"ticket":1,"points":0.1}"#)
            _ = try await server.perform("ticket.grade", #"{"ticket":2,"points":0.2}"#)
            #expect(try await server.request("GET", "/people").body.contains("2: Ana 2 0.3"))
        }
    }

    @Test("the assets of the folder are served, and the home page lists what the application has")
    func home() async throws {
        try await TicketFolder.withServer(["views/layouts/main.handlebars": "{{{body}}}"]) { server in
            let style = try await server.request("GET", "/assets/tickets.css")
            #expect((style.status, style.body) == (200, "li { color: teal; }"))
            #expect(try await server.request("GET", "/assets/fonts/small.woff").headers["content-type"] == "font/woff")
            let home = try await server.request("GET", "/").body
            for part in [
                "<h1>Tickets</h1>", #"href="/tickets""#, "<code>/tickets/{ticket}</code>",
                #"href="/api/collections/people""#, "POST /commands/ticket.close",
            ] {
                #expect(home.contains(part), "\(part)")
            }
        }
    }

    @Test("a page at / replaces the home page")
    func ownHome() async throws {
        let definition = TicketFolder.definition.replacing(#""/about""#, with: #""/""#)
        try await TicketFolder.withServer(["app.json": definition]) { server in
            let home = try await server.request("GET", "/").body
            #expect(home == "<title>About</title><p>About</p>")
        }
    }

    @Test("a restart keeps the rows, the ids of commands and the past states")
    func restart() async throws {
        try await TicketFolder.withServer { server in
            _ = try await server.perform("ticket.open", #"{"ticket":1,"by":"Ana","text":"Lamp"}"#, id: "a")
        } afterRestart: { server in
            #expect(try await server.request("GET", "/tickets").body.contains("<li>1 Lamp open</li>"))
            let again = try await server.perform("ticket.open", #"{"ticket":1,"by":"Ana","text":"Lamp"}"#, id: "a")
            #expect(again.status == 200)
            for (name, part) in [("tickets", #""rows":{"1":{"#), ("people", #""rows":{"Ana":{"#)] {
                let state = try await server.request("GET", "/api/state/\(name)?at=1").body
                #expect(state.contains(part), "\(state)")
            }
            let unknown = try await server.request("GET", "/api/state/prices")
            #expect(unknown.status == 404)
            #expect(unknown.body.contains("the projections of this server are tickets, people"))
            let inspector = try await server.request("GET", "/log?at=1&state=people").body
            #expect(inspector.contains(#"<option value="people" selected>people</option>"#))
            #expect(inspector.contains("Ana"))
        }
    }
}
