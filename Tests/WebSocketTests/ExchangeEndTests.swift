import NIOCore
import TestSupport
import Testing
@testable import WebSocket

@Suite("Ends of exchanges", .timeLimit(.minutes(1)))
struct ExchangeEndTests {
    enum Departure: CaseIterable, Sendable { case shutsOutput, closes, resets }

    @Test("a client that disconnects while its answer is due is noticed", arguments: Departure.allCases, ["", "more"])
    func departure(_ departure: Departure, _ more: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            // With more requests after it, nothing more is read.
            try await client.send(get("/x/wait") + (more.isEmpty ? "" : get("/x/now") + get("/a")))
            let wait = try #require(await server.nextWait())
            switch departure {
            case .shutsOutput: try await client.shutOutput()
            case .closes: try? await client.close()
            case .resets: try await client.reset()
            }
            #expect(await server.nextEnd() == "/x/wait lost")
            wait.answer("to nobody")
            if departure == .shutsOutput {
                #expect(try await client.rest() == [])
                try? await client.close()
            }
        }
    }

    @Test(
        "an answer before the end of the body closes the connection, and the rest of the body is discarded",
        arguments: [20, 3_000_000])
    func earlyAnswer(bytes: Int) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            async let sent: Void = client.send(
                "POST /x/small HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n"
                    + String(repeating: "z", count: bytes))
            let answer = try await client.response()
            #expect(answer.head == "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 10\r\nConnection: close\r\n\r\n")
            #expect(answer.body == "too large\n")
            #expect(try await client.rest() == [])
            try await sent
            try? await client.close()
            #expect(await server.nextEnd() == "/x/small answered")
        }
    }

    @Test("a body that does not end in time gets a 408, and the exchange is closed unanswered")
    func slowBody() async throws {
        var limits = ConnectionLimits()
        limits.requestTime = .milliseconds(50)
        try await TestServer.run(limits: limits) { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send("POST /x/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
            #expect(try await client.text(through: "\r\n").hasPrefix("HTTP/1.1 408 "))
            #expect(await server.nextEnd() == "/x/echo lost")
            _ = try await client.rest()
            try? await client.close()
        }
    }

    @Test("a body that is not HTTP gets a 400, and the exchange is closed unanswered")
    func malformedBody() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(
                "POST /x/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nrubbish")
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 400 "))
            #expect(await server.nextEnd() == "/x/echo lost")
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test(
        "a client that asks for Connection: close gets one response, and the connection closes",
        arguments: [
            "GET /x/now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /x/now HTTP/1.0\r\n\r\n",
            "GET /x/close HTTP/1.1\r\nHost: a\r\n\r\n",
        ])
    func connectionClose(_ request: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(request + get("/never"))
            #expect(try await client.response().head.hasSuffix("\r\nConnection: close\r\n\r\n"))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test("a shutdown lets an exchange answer, and handles no request after it")
    func quiesce() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/x/wait") + get("/x/now") + get("/never"))
            _ = await server.nextWait()
            server.quiesce()
            let answer = try await client.response()
            #expect(answer.body == "bye\n")
            #expect(answer.head.contains("\r\nConnection: close\r\n"))
            #expect(try await client.rest() == [])
            #expect(await server.nextEnd() == "/x/wait answered")
            try? await client.close()
        }
    }

    @Test("a shutdown drops an exchange that has not been opened")
    func quiesceWaiting() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(get("/a"))
            _ = try await client.response()
            try await client.send(get("/slow") + get("/x/now"))
            await server.slow.waiterArrived()
            server.quiesce()
            server.slow.open()
            #expect(try await client.response().head.lowercased().contains("connection: close\r\n"))
            #expect(try await client.rest() == [])
            try? await client.close()
        }
    }

    @Test("a client that reads nothing of a response is disconnected", arguments: ["/x/large", "/large"])
    func stalled(path: String) async throws {
        var limits = ConnectionLimits()
        limits.stallTime = .milliseconds(100)
        try await TestServer.run(limits: limits) { server in
            let client = try await RawClient.connect(to: server.port, reads: false)
            try await client.send(get(path) + get("/x/now"))
            try await server.firstConnectionEnds()
            try await client.startReading()
            let rest = try await client.rest()
            #expect(rest.count < TestExchange.largeBytes)
            try? await client.close()
        }
    }
}
