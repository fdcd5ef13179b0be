import NIOCore
@testable import SocketIO
import TestSupport
import Testing

@Suite("The heartbeat, over real sockets", .timeLimit(.minutes(1)))
struct HeartbeatTests {
    private static func options(interval: Int = 30, timeout: Int = 1000) -> SocketIOOptions {
        var options = SocketIOOptions()
        options.pingInterval = .milliseconds(interval)
        options.pingTimeout = .milliseconds(timeout)
        return options
    }

    @Test("a client that answers is pinged again and again, over a WebSocket")
    func webSocket() async throws {
        try await EngineTestServer.run(Self.options(timeout: 10_000)) { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            for _ in 0..<5 {
                #expect(try await client.frame() == .text("2"))
                try await client.sendText("3")
            }
            try await client.sendText("4alive")
            #expect(await server.log.next() == "text alive")
        }
    }

    @Test("a client that answers is pinged again and again, over polling")
    func polling() async throws {
        try await EngineTestServer.run(Self.options(timeout: 10_000)) { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            for _ in 0..<5 {
                #expect(try await client.request("GET", PollingTests.target(sid)).text == "2")
                #expect(try await client.request("POST", PollingTests.target(sid), body: "3").text == "ok")
            }
        }
    }

    @Test("a client that does not answer is closed with ping timeout", arguments: [true, false])
    func silence(polling: Bool) async throws {
        try await EngineTestServer.run(Self.options()) { server in
            let client = try await server.connect()
            if polling {
                let sid = try await server.poll(client)
                #expect(try await client.request("GET", PollingTests.target(sid)).text == "2")
                // An error and not `1`, after which some clients do not connect again.
                let answer = try await client.request("GET", PollingTests.target(sid))
                #expect(answer.status == 400)
                #expect(answer.text == #"{"code":1,"message":"Session ID unknown"}"#)
            } else {
                _ = try await server.openWebSocket(client)
                #expect(try await client.frame() == .text("2"))
                #expect(try await client.frame() == .close([]))
            }
            #expect(await server.log.next() == "closed ping timeout")
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("a client that is not read is pinged and not closed, until it is read and still does not answer")
    func pausing() async throws {
        try await EngineTestServer.run(Self.options(timeout: 2000)) { server in
            let client = try await server.connect()
            _ = try await server.openWebSocket(client)
            server.log.session { $0.isPaused = true }
            for _ in 0..<4 { #expect(try await client.frame() == .text("2")) }
            server.log.session { $0.isPaused = false }
            #expect(await server.log.next() == "closed ping timeout")
        }
    }

    @Test("a pong that was expected over polling is not expected after the upgrade; pings continue", arguments: [1, 2])
    func upgrade(loops: Int) async throws {
        try await EngineTestServer.run(Self.options(interval: 100, timeout: 10_000), loops: loops) { server in
            let poller = try await server.connect(), socket = try await server.connect()
            let sid = try await server.poll(poller)
            #expect(try await poller.request("GET", PollingTests.target(sid)).text == "2")
            _ = try await socket.openWebSocket(UpgradeTests.target(sid))
            try await socket.send(["2probe", "5"].flatMap { WireClient.frame(0x81, Array($0.utf8)) })
            #expect(try await socket.frame() == .text("3probe"))
            for _ in 0..<5 {
                #expect(try await socket.frame() == .text("2"))
                try await socket.sendText("3")
            }
        }
    }
}
