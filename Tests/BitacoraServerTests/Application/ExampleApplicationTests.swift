import ExampleApplication
import TestSupport
import Testing

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
