import BitacoraServer
import Synchronization
import TestSupport
import Testing

/// Faults of a folder at the start, and changes of the folder while the server runs.
@Suite(.serialized) struct FolderReloadTests {
    @Test("a folder with faults is not served, all faults are reported, and no log is created")
    func faults() async throws {
        try await withTemporaryDirectory { directory in
            try TicketFolder.write(
                to: directory + "/tickets",
                [
                    "app.json": TicketFolder.definition.replacing(#""by": "by""#, with: #""by": "nobody""#)
                        .replacing(#""list": "people""#, with: #""list": "persons""#)
                ])
            let error = try await #require(throws: ApplicationFolderError.self) {
                try await withServer(data: directory + "/log", folder: directory + "/tickets") { _ in }
            }
            #expect(error.faults.count == 2, "\(error)")
            #expect(error.faults.allSatisfy { $0.hasPrefix(directory + "/tickets/app.json:") }, "\(error)")
            // The directory of the log is not there yet.
            try await withServer(data: directory + "/log", application: nil) { server in
                let events = try await server.request("GET", "/api/events")
                #expect(events.body.contains(#""head":0"#))
            }
        }
    }

    @Test("a folder without app.json is not served")
    func missing() async throws {
        try await withTemporaryDirectory { directory in
            let error = try await #require(throws: ApplicationFolderError.self) {
                try await withServer(data: directory + "/log", folder: directory) { _ in }
            }
            #expect(error.faults.count == 1)
            #expect(error.description.contains("app.json: this file does not exist"))
        }
    }

    /// Runs `body` with a server in development mode that watches the folder.
    private func withDevelopment(
        _ body: (RunningServer, _ folder: String, _ messages: @Sendable () -> [String]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let folder = directory + "/tickets"
            try TicketFolder.write(to: folder)
            let messages = Messages()
            try await withServer(
                data: directory + "/log", folder: folder, { $0.isDevelopment = true }, logged: { messages.add($0) }
            ) { server in
                try await body(server, folder) { messages.all }
            }
        }
    }

    private final class Messages: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }

    /// Asks until a condition holds, at most a minute.
    private func eventually(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                throw TestFailure("the change took no effect within 60 seconds")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test("in development mode a changed definition is folded again and replaces the earlier one")
    func reload() async throws {
        try await withDevelopment { server, folder, _ in
            try await server.open(("1", "Lamp"))
            let definition = TicketFolder.definition.replacing(#""state": "=open""#, with: #""state": "=new""#)
                .replacing(#""state": "open""#, with: #""state": "new""#)
                .replacing("ticket.grade\":", with: "ticket.rate\":")
            try write(definition, to: folder + "/app.json")
            try await eventually { try await server.request("GET", "/tickets").body.contains("<li>1 Lamp new</li>") }
            #expect(try await server.perform("ticket.grade", #"{"ticket":1,"points":1}"#).status == 404)
            #expect(try await server.perform("ticket.rate", #"{"ticket":1,"points":1}"#).status == 201)
            #expect(try await server.perform("ticket.close", #"{"ticket":1}"#).status == 201)
            let people = try await server.request("GET", "/people").body
            #expect(people.contains("1: Ana 1 1"))
        }
    }

    @Test("in development mode a changed schema is enforced")
    func schema() async throws {
        try await withDevelopment { server, folder, _ in
            try write(#"{"type":"object","required":["urgent"]}"#, to: folder + "/schemas/opened.json")
            // Every attempt is about another ticket: one that exists would be refused for that.
            var number = 0
            try await eventually {
                number += 1
                let answer = try await server.perform("ticket.open", #"{"ticket":\#(number),"by":"Ana","text":"x"}"#)
                return answer.status == 422
            }
            #expect(try await server.perform("ticket.open", #"{"ticket":0,"urgent":true}"#).status == 201)
        }
    }

    @Test(
        "in development mode a broken definition is reported, and the earlier one is served until it is correct again")
    func broken() async throws {
        try await withDevelopment { server, folder, messages in
            try await server.open(("1", "Lamp"))
            try write("{", to: folder + "/app.json")
            try await eventually { messages().contains { $0.contains("the application has faults") } }
            #expect(messages().contains { $0.hasPrefix(folder + "/app.json:1:") })
            #expect(try await server.request("GET", "/tickets").body.contains("<li>1 Lamp open</li>"))
            #expect(try await server.perform("ticket.close", #"{"ticket":1}"#).status == 201)
            try write(TicketFolder.definition, to: folder + "/app.json")
            try await eventually { messages().contains("the application was read again") }
        }
    }
}
