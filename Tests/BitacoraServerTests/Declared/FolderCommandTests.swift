import BitacoraServer
import TestSupport
import Testing

/// The commands and the topics of an application in a folder, over real sockets.
@Suite(.serialized) struct FolderCommandTests {
    @Test("a command appends its event, and a retry with the same id is answered with 200 and the same offset")
    func command() async throws {
        try await TicketFolder.withServer { server in
            let data = #"{"ticket":7,"by":"Ana","text":"Lamp"}"#
            let first = try await server.perform("ticket.open", data, id: "a")
            let again = try await server.perform("ticket.open", data, id: "a")
            #expect((first.status, again.status) == (201, 200))
            #expect(first.body == again.body)
            #expect(first.body.hasPrefix(#"{"offset":1,"position":""#))
            let event = try await server.request("GET", "/api/events/1").body
            #expect(event.contains(#""topic":"tickets/7""#))
            #expect(event.contains(#""data":{"by":"Ana","text":"Lamp"}"#))
            let other = try await server.perform("ticket.open", #"{"ticket":8,"by":"Ana","text":"Lamp"}"#, id: "a")
            #expect(other.status == 409)
            #expect(other.body.contains(#""code":"id-conflict""#))
        }
    }

    @Test(
        "a refused command has the status, the code and the field of its refusal",
        arguments: [
            ("ticket.open", #"{"ticket":1,"by":"Bo","text":"x"}"#, 409, #""code":"exists""#),
            ("ticket.close", #"{"ticket":9}"#, 404, #""code":"not-found""#),
            ("ticket.open", #"{"ticket":2,"by":"Bo","text":""}"#, 422, #""code":"schema","field":"/text""#),
            ("ticket.open", #"{"by":"Bo","text":"x"}"#, 422, #""code":"missing","field":"ticket""#),
            ("ticket.open", "[]", 422, #""code":"invalid""#),
            ("ticket.sell", "{}", 404, "the commands are ticket.open, ticket.close, ticket.grade"),
        ])
    func refused(_ command: String, _ data: String, _ status: Int, _ part: String) async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("1", "Lamp"))
            let answer = try await server.perform(command, data)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.body.contains(part), "\(answer.body)")
        }
    }

    @Test(
        "a command is JSON or a plain form, and other bodies are answered with what to send",
        arguments: [
            ("application/x-www-form-urlencoded", "send Content-Type: application/json"),
            ("multipart/form-data; boundary=x", "send application/json or application/x-www-form-urlencoded"),
        ])
    func mediaType(_ type: String, _ part: String) async throws {
        try await TicketFolder.withServer { server in
            let answer = try await server.request(
                "POST", "/commands/ticket.open", [("Content-Type", type)],
                body: #" {"ticket":7,"by":"Ana","text":"a=b"}"#)
            #expect(answer.status == 415)
            #expect(answer.body.contains(part) && answer.body.contains(#""code":"media-type""#), "\(answer.body)")
            #expect(try await server.request("GET", "/api/events").body.contains(#""events":[]"#))
        }
    }

    @Test("of two commands that exclude each other one is accepted, however they arrive")
    func race() async throws {
        try await TicketFolder.withServer { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await server.perform("ticket.open", #"{"ticket":"x","by":"P\#(number)","text":"t"}"#).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201, 409, 409, 409, 409, 409, 409, 409])
        }
    }

    @Test("a form is converted by the schema and answered with a redirect to the page that it names")
    func form() async throws {
        try await TicketFolder.withServer { server in
            try await server.open(("1", "Lamp"))
            let graded = try await server.submit("ticket.grade", "ticket=1&points=2.50&_next=%2Ftickets%2F1&_id=f1")
            #expect((graded.status, graded.headers["location"]) == (303, "/tickets/1"))
            let again = try await server.submit("ticket.grade", "ticket=1&points=2.50&_next=%2Ftickets%2F1&_id=f1")
            #expect(again.status == 303)
            #expect(try await server.request("GET", "/tickets/1").body.contains("with 2.5 points"))
        }
    }

    @Test(
        "a form never redirects to another site",
        arguments: [
            ("https://evil.example/", "/"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("tickets", "/"),
            ("/tickets?state=open", "/tickets?state=open"),
        ])
    func redirect(_ next: String, _ location: String) async throws {
        try await TicketFolder.withServer { server in
            let encoded = next.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let answer = try await server.submit("ticket.open", "ticket=1&by=Ana&text=Lamp&_next=\(encoded)")
            #expect((answer.status, answer.headers["location"]) == (303, location))
        }
    }

    @Test(
        "a form that cannot be decoded is refused with the field and the text at fault, and appends nothing",
        arguments: [
            (
                "ticket=1&by=x%&text=y", "by",
                "field 'by' has '%', which is not a percent escape; write % and two hexadecimal digits, and a percent sign as %25"
            ),
            ("ticket=1&by=%zz", "by", "has '%zz', which is not a percent escape"),
            ("ticket=1&by=a%ff", "by", "field 'by' has '%ff', which is not UTF-8; escape the bytes of UTF-8"),
            ("ticket=1&b%4=a", nil, "the name of a field has '%4', which is not a percent escape"),
        ])
    func undecodable(_ form: String, _ field: String?, _ detail: String) async throws {
        try await TicketFolder.withServer { server in
            let answer = try await server.submit("ticket.open", form)
            #expect(answer.status == 400)
            #expect(answer.body.contains(detail), "\(answer.body)")
            #expect(answer.body.contains(#""field":"#) == (field != nil))
            #expect(field.map { answer.body.contains(#""field":"\#($0)""#) } ?? true)
            #expect(try await server.request("GET", "/api/events").body.contains(#""events":[]"#))
        }
    }

    @Test(
        "an address that cannot be decoded is refused on every route",
        arguments: [
            ("/tickets?state=%zz", "parameter 'state' has '%zz'"), ("/log?grep=100%", "parameter 'grep' has '%'"),
            ("/api/collections/tickets?where[text]=%ff", "parameter 'where[text]' has '%ff', which is not UTF-8"),
            ("/api/events?topics=%c3", "parameter 'topics' has '%c3'"), ("/tickets/%ff", "the path has '%ff'"),
            ("/api/collections/tickets/%zz", "the path has '%zz'"), ("/commands/%zz", "the path has '%zz'"),
            ("/assets/%e", "the path has '%e'"), ("/nothing?%zz", "the name of a parameter has '%zz'"),
        ])
    func undecodableAddress(_ target: String, _ detail: String) async throws {
        try await TicketFolder.withServer { server in
            for accept in ["*/*", "text/event-stream"] {
                let answer = try await server.request("GET", target, [("Accept", accept)])
                #expect(answer.status == 400, "\(answer.body)")
                #expect(answer.body.contains(detail), "\(answer.body)")
            }
        }
    }

    @Test("empty levels in the address of a command are ignored, as in all addresses")
    func emptyLevels() async throws {
        try await TicketFolder.withServer { server in
            for (number, path) in ["/commands/ticket.open/", "//commands//ticket.open"].enumerated() {
                let answer = try await server.request(
                    "POST", path, [("Content-Type", "application/json")],
                    body: #"{"ticket":\#(number),"by":"Ana","text":"x"}"#)
                #expect(answer.status == 201, "\(answer.body)")
            }
            #expect(try await server.request("POST", "/commands/ticket.open/x", body: "{}").status == 404)
        }
    }

    @Test(
        "a refused form is answered with a page when the client names HTML, and otherwise with the problem",
        arguments: [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true), ("TEXT/HTML;q=0.1", true), ("text/*", true),
            ("application/json;q=0.5, text/html", true), ("text/html, application/json", true), ("*/*", false),
            (nil, false), ("application/json", false), ("text/html;q=0", false),
            ("text/html;q=0.5, application/json", false),
            ("text/html;q=0.5, application/problem+json;q=0.6", false), ("", false),
        ])
    func accept(_ accept: String?, _ isPage: Bool) async throws {
        try await TicketFolder.withServer { server in
            let headers = accept.map { [("Accept", $0)] } ?? []
            let answer = try await server.submit("ticket.close", "ticket=9", headers)
            #expect(answer.status == 404)
            #expect(
                answer.headers["content-type"] == (isPage ? "text/html; charset=utf-8" : "application/problem+json"))
            #expect(answer.headers["vary"]?.contains("Accept") == true)
        }
    }

    @Test("a form without a next page returns to the page of the form, if that is a page of this site")
    func referer() async throws {
        try await TicketFolder.withServer { server in
            for (referer, location) in [
                ("http://127.0.0.1:\(server.port)/tickets?state=open", "/tickets?state=open"),
                ("http://127.0.0.1:\(server.port).evil.example/x", "/"), ("https://evil.example/tickets", "/"),
            ] {
                let answer = try await server.submit(
                    "ticket.grade", "ticket=1&points=1", [("Referer", referer)])
                #expect((answer.status, answer.headers["location"]) == (303, location))
            }
        }
    }

    @Test("a refused form is answered with the error page, and a form of another site is refused")
    func refusedForm() async throws {
        try await TicketFolder.withServer { server in
            let refused = try await server.submit("ticket.close", "ticket=9", [("Accept", "text/html")])
            #expect(refused.status == 404)
            #expect(refused.headers["content-type"] == "text/html; charset=utf-8")
            for (referer, link) in [
                (
                    "http://127.0.0.1:\(server.port)/tickets?state=open",
                    #"<a id="failure-form" href="/tickets?state&#x3D;open">Back to the form</a>"#
                ),
                ("https://evil.example/tickets", nil),
            ] {
                let page = try await server.submit(
                    "ticket.close", "ticket=9", [("Accept", "text/html"), ("Referer", referer)]
                ).body
                #expect(page.contains(#"<a href="/">Go to the home page</a>"#))
                #expect(link.map(page.contains) ?? !page.contains("Back to the form"), "\(page)")
            }
            let foreign = try await server.submit(
                "ticket.open", "ticket=1&by=Ana&text=x", [("Origin", "https://evil.example")])
            #expect(foreign.status == 403)
            #expect(try await server.request("GET", "/api/events").body.contains(#""events":[]"#))
        }
    }

    @Test("commands are acknowledged over a WebSocket")
    func socket() async throws {
        try await TicketFolder.withServer { server in
            let socket = try await server.socket("?after=live&topics=none")
            for (command, acknowledgement) in [
                (
                    #"{"command":"ticket.open","data":{"ticket":1,"by":"Ana","text":"x"},"ref":1}"#,
                    #"{"type":"ack","ref":1,"offset":1}"#
                ),
                (
                    #"{"command":"ticket.open","data":{"ticket":1,"by":"Ana","text":"x"},"ref":2}"#,
                    #""code":"exists""#
                ),
                (#"{"command":"ticket.sell","data":{},"ref":3}"#, #""code":"unknown-command""#),
            ] {
                try await socket.send(message: command)
                let text = try await acknowledged(socket)
                #expect(text.contains(acknowledgement), "\(text)")
            }
            try await socket.close()
        }
    }

    /// The next acknowledgement; other messages may come before it.
    private func acknowledged(_ socket: Client) async throws -> String {
        while let frame = try await socket.frame() {
            let text = String(decoding: frame.payload, as: UTF8.self)
            if text.contains(#""type":"ack""#) { return text }
        }
        throw TestFailure("the socket ended before the acknowledgement")
    }

    // MARK: Schemas

    @Test(
        "an event that a client appends itself is checked by the declared topics",
        arguments: [
            (#"{"topic":"tickets/1","type":"ticket.opened","data":{"by":"Ana","text":"x"}}"#, 201, "offset"),
            (
                #"{"topic":"tickets/1","type":"ticket.opened","data":{"by":"Ana","text":7}}"#, 422,
                #""code":"schema","field":"/data/text""#
            ),
            (
                #"[{"topic":"a","type":"b","data":1},{"topic":"tickets/1","type":"ticket.opened","data":{"by":"Ana"}}]"#,
                422, #""code":"schema","field":"[1]/data"#
            ),
            (#"{"topic":"tickets/1","type":"ticket.closed","data":{}}"#, 422, #""code":"command-only","field":"type""#),
            (
                #"[{"topic":"tickets/1","type":"ticket.sold","data":{}}]"#, 422,
                #""code":"undeclared","field":"[0].type""#
            ),
            (#"{"topic":"elsewhere","type":"ticket.sold","data":{"text":7}}"#, 201, "offset"),
        ])
    func schema(_ body: String, _ status: Int, _ part: String) async throws {
        try await TicketFolder.withServer { server in
            let answer = try await server.request("POST", "/api/events", body: body)
            #expect(answer.status == status)
            #expect(answer.body.contains(part), "\(answer.body)")
        }
    }
}
