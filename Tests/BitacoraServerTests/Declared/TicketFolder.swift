import BitacoraServer
import Testing

/// A folder application for tests: tickets that are opened, graded and closed, and the people who opened them.
enum TicketFolder {
    static let definition = #"""
        {
          "name": "Tickets",
          "topics": {
            "tickets/{ticket}": {
              "closed": true,
              "ticket.opened": { "schema": "schemas/opened.json" },
              "ticket.graded": { "schema": { "type": "object", "required": ["points"], "properties": { "points": { "type": "number" } } } },
              "ticket.closed": { "commandOnly": true }
            }
          },
          "collections": {
            "tickets": {
              "from": "tickets/*", "key": "topic.ticket",
              "on": {
                "ticket.opened": { "put": { "by": "data.by", "text": "data.text", "state": "=open" } },
                "ticket.graded": { "add": { "points": "data.points" } },
                "ticket.closed": { "set": { "state": "=closed" } }
              },
              "index": ["state"]
            },
            "people": { "of": "tickets", "by": "by", "fields": { "tickets": "count", "points": "sum points" } }
          },
          "commands": {
            "ticket.open": { "topic": "tickets/{ticket}", "event": "ticket.opened", "unless": "tickets", "code": "exists" },
            "ticket.close": { "topic": "tickets/{ticket}", "event": "ticket.closed", "when": { "tickets": { "state": "open" } }, "code": "not-open" },
            "ticket.grade": { "topic": "tickets/{ticket}", "event": "ticket.graded" }
          },
          "pages": {
            "/tickets": { "template": "tickets", "title": "All tickets", "list": "tickets", "row": "ticket-row", "where": { "state": "?state" }, "sort": "-text" },
            "/tickets/{ticket}": { "template": "ticket", "one": "tickets" },
            "/people": { "template": "people", "list": "people", "size": 1 },
            "/about": { "template": "about", "title": "About" }
          }
        }
        """#

    static let files = [
        "app.json": definition,
        "schemas/opened.json":
            #"{"type":"object","required":["by","text"],"properties":{"by":{"type":"string"},"text":{"type":"string","minLength":1}}}"#,
        "views/layouts/main.handlebars": "<title>{{title}}</title>{{{body}}}",
        "views/partials/ticket-row.handlebars": "<li>{{@key}} {{text}} {{state}}</li>",
        "views/tickets.handlebars":
            "{{@total}} at {{@offset}}{{#if @at}} as of {{@at}}{{/if}}: {{#each rows}}{{> ticket-row}}{{/each}}[{{@query.state}}]",
        "views/ticket.handlebars": "{{@key}}: {{text}} by {{by}} is {{state}} with {{points}} points at {{@position}}",
        "views/people.handlebars": "{{@total}}: {{#each rows}}{{@key}} {{tickets}} {{points}}{{/each}}",
        "views/about.handlebars": "<p>About</p>",
        "views/assets/tickets.css": "li { color: teal; }",
        "views/assets/fonts/small.woff": "font",
    ]

    /// Writes the folder.
    ///
    /// - Parameter changes: files with other contents.
    static func write(to folder: String, _ changes: [String: String] = [:]) throws {
        for (name, text) in files.merging(changes, uniquingKeysWith: { _, new in new }) {
            try BitacoraServerTests.write(text, to: folder + "/" + name)
        }
    }

    /// Runs `body` with a server of the application, and then `afterRestart` with another server on the same log.
    static func withServer(
        _ changes: [String: String] = [:], _ body: (RunningServer) async throws -> Void,
        afterRestart: ((RunningServer) async throws -> Void)? = nil
    ) async throws {
        try await withTemporaryDirectory { directory in
            let (folder, data) = (directory + "/tickets", directory + "/log")
            try write(to: folder, changes)
            try await BitacoraServerTests.withServer(data: data, folder: folder) { try await body($0) }
            if let afterRestart {
                try await BitacoraServerTests.withServer(data: data, folder: folder) { try await afterRestart($0) }
            }
        }
    }
}

extension RunningServer {
    /// Sends a command as JSON.
    func perform(_ command: String, _ data: String, id: String? = nil) async throws -> Client.Answer {
        try await request(
            "POST", "/commands/" + command,
            [("Content-Type", "application/json")] + (id.map { [("Idempotency-Key", $0)] } ?? []), body: data)
    }

    /// Sends a command as a form.
    func submit(_ command: String, _ form: String, _ headers: [(String, String)] = []) async throws -> Client.Answer {
        try await request(
            "POST", "/commands/" + command, [("Content-Type", "application/x-www-form-urlencoded")] + headers,
            body: form)
    }

    /// Opens tickets of Ana.
    func open(_ tickets: (key: String, text: String)...) async throws {
        for (key, text) in tickets {
            let answer = try await perform(
                "ticket.open", #"{"ticket":"\#(key)","by":"Ana","text":"\#(text)"}"#)
            #expect(answer.status == 201)
        }
    }
}
