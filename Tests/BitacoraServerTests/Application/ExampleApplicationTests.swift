import BitacoraServer
import Commands
import EventLog
import HTTPTypes
import Hummingbird
import JSON
import TestSupport
import Testing
@testable import ExampleApplication

/// The example application, which is written as a user of the library would write it, over real sockets.
@Suite struct ExampleApplicationTests {
    @Test("its commands are decided, its page shows the state, and a restart keeps everything")
    func life() async throws {
        try await withTemporaryDirectory { directory in
            try await withServer(data: directory, application: Orders()) { server in
                #expect(try await server.request("GET", "/orders").body.contains("No orders yet"))
                let placed = try await place(server, "order=7&customer=Ana")
                #expect((placed.status, placed.headers["location"]) == (303, "/orders"))
                // The same form again has the same id, so it takes effect once.
                #expect(try await place(server, "order=7&customer=Ana").status == 303)
                let taken = try await place(server, "order=7&customer=Bo")
                #expect(taken.status == 409)
                #expect(taken.body.contains(#""code":"exists","field":"order""#))
                let socket = try await server.socket("?after=live")
                try await socket.send(message: #"{"command":"order.pay","data":{"order":7},"ref":1}"#)
                #expect(try await acknowledgement(socket) == #"{"type":"ack","ref":1,"offset":2}"#)
                try await socket.close()
                #expect(try await server.request("GET", "/orders").body.contains("<li>Ana (paid)</li>"))
            }
            try await withServer(data: directory, application: Orders()) { server in
                #expect(try await server.request("GET", "/orders").body.contains("<li>Ana (paid)</li>"))
                let state = try await server.request("GET", "/api/state/orders?at=1").body
                #expect(state.contains(#""state":[{"order":7,"customer":"Ana","paid":false}]"#))
            }
        }
    }

    /// The next acknowledgement; events of the log may come before it.
    private func acknowledgement(_ socket: Client) async throws -> String {
        while let frame = try await socket.frame() {
            let text = String(decoding: frame.payload, as: UTF8.self)
            if text.contains(#""type":"ack""#) { return text }
        }
        throw TestFailure("the socket ended before the acknowledgement")
    }

    private func place(_ server: RunningServer, _ form: String) async throws -> Client.Answer {
        try await server.request("POST", "/orders", [("Content-Type", "application/x-www-form-urlencoded")], body: form)
    }

    @Test("events of its commands cannot be appended without a decision")
    func decided() async throws {
        try await withTemporaryDirectory { directory in
            try await withServer(data: directory, application: Orders()) { server in
                for (type, way) in [("order.placed", "POST /orders"), ("order.paid", "the command order.pay")] {
                    let answer = try await server.request(
                        "POST", "/api/events", body: #"{"topic":"orders/1","type":"\#(type)","data":{}}"#)
                    #expect(answer.status == 422)
                    #expect(answer.body.contains("\(type) events are appended by \(way)"))
                }
            }
        }
    }

    @Test("without an application the log is served, the inspector is the home page, and there are no commands")
    func bare() async throws {
        try await withTemporaryDirectory { directory in
            try await withServer(data: directory, application: nil) { server in
                let home = try await server.request("GET", "/")
                #expect((home.status, home.body) == (200, try await server.request("GET", "/log").body))
                let appended = try await server.request(
                    "POST", "/api/events", body: #"{"topic":"a","type":"product.created","data":1}"#)
                #expect(appended.status == 201)
                #expect(try await server.request("GET", "/log").body.contains("product.created"))
                let socket = try await server.socket("?after=live")
                try await socket.send(message: #"{"command":"product.create","data":{},"ref":1}"#)
                #expect(try await acknowledgement(socket).contains("this server runs without an application"))
                try await socket.close()
                for address in ["/api/products", "/chat", "/api/state/marketplace"] {
                    #expect(try await server.request("GET", address).status == 404)
                }
            }
        }
    }
}

/// Commands with several events, and with deep data.
@Suite struct CommandPerformanceTests {
    private struct Pairs: BitacoraApplication {
        let name = "pairs"
        let projection = OrderProjection()
        let commands: [CommandDefinition<[Int: Order]>] = [
            CommandDefinition("pair.add", event: "pair.added") { _, command in
                [command.event(on: "pairs/1"), command.event(on: "pairs/2")]
            },
            CommandDefinition("pair.wrap", event: "pair.wrapped") { _, command in
                [command.event(on: "pairs/1", ["outer": ["inner": .object(command.object)]])]
            },
        ]

        func start(in context: ApplicationContext<OrderProjection>) -> ApplicationParts {
            var parts = ApplicationParts()
            parts.routes.add(
                "/state/{offset}",
                [
                    .get: { _, request in
                        let offset = Offset(UInt64(try request.number("offset")))
                        return .json(.number(JSONNumber(try await context.state(at: offset).count)))
                    }
                ])
            return parts
        }
    }

    private func acknowledged(_ socket: Client, _ command: String) async throws -> String {
        try await socket.send(message: command)
        while let frame = try await socket.frame() {
            let text = String(decoding: frame.payload, as: UTF8.self)
            if text.contains(#""type":"ack""#) { return text }
        }
        throw TestFailure("the socket ended before the acknowledgement")
    }

    @Test("a retry of a command with several events is answered as the first attempt")
    func retry() async throws {
        try await withTemporaryDirectory { directory in
            try await withServer(data: directory, application: Pairs()) { server in
                let socket = try await server.socket("?after=live")
                for _ in 0..<2 {
                    let answer = try await acknowledged(
                        socket, #"{"command":"pair.add","data":{"order":1},"id":"once","ref":1}"#)
                    #expect(answer == #"{"type":"ack","ref":1,"offset":1}"#)
                }
                try await socket.close()
                #expect(try await server.request("GET", "/api/events").body.contains(#""head":2"#))
            }
        }
    }

    @Test("data that a restart could not read again are refused")
    func deep() async throws {
        try await withTemporaryDirectory { directory in
            try await withServer(data: directory, application: Pairs()) { server in
                let socket = try await server.socket("?after=live")
                for (levels, isAccepted) in [(62, true), (63, false)] {
                    let data = String(repeating: #"{"a":"#, count: levels) + "1" + String(repeating: "}", count: levels)
                    let answer = try await acknowledged(
                        socket, #"{"command":"pair.wrap","data":\#(data),"ref":1}"#)
                    #expect(answer.contains("nested too deep") == !isAccepted, "\(levels): \(answer)")
                }
                try await socket.close()
            }
        }
    }

    @Test("an offset without a state is not found")
    func states() async throws {
        try await withTemporaryDirectory { directory in
            try await withServer(data: directory, application: Pairs()) { server in
                _ = try await server.request("POST", "/api/events", body: #"{"topic":"a","type":"b","data":1}"#)
                #expect(try await server.request("GET", "/state/1").status == 200)
                let beyond = try await server.request("GET", "/state/2")
                #expect(beyond.status == 404)
                #expect(beyond.body.contains("offsets 0 to 1 have a state"))
            }
        }
    }
}
