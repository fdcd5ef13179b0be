import NIOCore
@testable import SocketIO
import TestSupport
import Testing

@Suite("Limits for clients that do not take their bytes", .timeLimit(.minutes(1)))
struct BoundTests {
    private static func write(_ bytes: Int, times: Int, _ server: EngineTestServer) {
        let text = String(repeating: "x", count: bytes)
        server.log.session { session in for _ in 0..<times { session.write(text) } }
    }

    @Test("a WebSocket for which too many bytes wait is closed")
    func webSocketBytes() async throws {
        try await EngineTestServer.run { server in
            let client = try await server.connect(reads: false)
            try await client.openWebSocketUnread()
            #expect(await server.log.next() == "opened")
            // More than the system's buffers and ours together.
            Self.write(1 << 20, times: 16, server)
            #expect(await server.log.next() == "closed transport error")
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("a polling session for which too many bytes wait is closed, and one below the limit is not")
    func pollingBytes() async throws {
        var options = SocketIOOptions()
        options.maximumBufferedBytes = 1000
        options.compressionThreshold = nil
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            Self.write(498, times: 2, server)
            #expect(try await client.request("GET", PollingTests.target(sid)).body.count == 999)
            Self.write(2000, times: 1, server)
            #expect(try await client.request("GET", PollingTests.target(sid)).body.count == 2001)
            Self.write(500, times: 3, server)
            #expect(await server.log.next() == "closed transport error")
            #expect(try await client.request("GET", PollingTests.target(sid)).status == 400)
        }
    }

    @Test(
        "a writer that looks at isWritable is not closed, and is called when it may continue", arguments: [true, false])
    func sendWhenWritable(polling: Bool) async throws {
        var options = SocketIOOptions()
        options.maximumBufferedBytes = 200_000
        options.compressionThreshold = nil
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            let sid = try await polling ? server.poll(client) : server.openWebSocket(client)
            let total = 3_000_000, message = 10_000
            server.log.sendWhenWritable(total / message, bytes: message)
            var received = 0
            while received < total {
                if polling {
                    let packets = try await client.request("GET", PollingTests.target(sid)).body.split(separator: 0x1E)
                    // One chunk a poll.
                    #expect(packets.count <= 7)
                    received += packets.reduce(0) { $0 + $1.count - 1 }
                } else if case .text(let text) = try await client.frame() {
                    received += text.utf8.count - 1
                }
            }
            #expect(received == total)
        }
    }

    @Test("a client that takes no bytes for stallTime is closed", arguments: [true, false])
    func stall(polling: Bool) async throws {
        var options = SocketIOOptions()
        options.stallTime = .milliseconds(100)
        options.maximumBufferedBytes = 64 << 20
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect(reads: polling)
            if polling {
                _ = try await server.poll(client)
                Self.write(10, times: 1, server)
            } else {
                try await client.openWebSocketUnread()
                #expect(await server.log.next() == "opened")
                Self.write(1 << 20, times: 16, server)
            }
            #expect(await server.log.next() == "closed transport error")
        }
    }

    @Test("beyond maximumSessions a handshake is refused with 503, and accepted when a session has ended")
    func sessions() async throws {
        var options = SocketIOOptions()
        options.maximumSessions = 2
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect(), socket = try await server.connect()
            _ = try await server.poll(client)
            let sid = try await server.poll(client)
            let refused = try await client.request("GET", PollingTests.start)
            #expect(refused.status == 503)
            #expect(refused.text == #"{"code":3,"message":"Too many sessions"}"#)
            #expect(try await socket.openWebSocket(WebSocketTests.start).status == 503)
            _ = try await client.request("POST", PollingTests.target(sid), body: "1")
            #expect(try await client.request("GET", PollingTests.start).status == 200)
        }
    }

    @Test(
        "when the table is full, the oldest session whose client has not joined ends for a new one", arguments: [1, 2])
    func unjoined(loops: Int) async throws {
        var options = SocketIOOptions()
        options.maximumSessions = 3
        try await EngineTestServer.run(options, loops: loops, joins: false) { server in
            let poller = try await server.connect(), socket = try await server.connect(),
                other = try await server.connect()
            // On the other loop, where there is one.
            let late = try await server.connect()
            _ = try await server.openWebSocket(socket)
            try await server.joins()
            let first = try await server.poll(poller)
            try await other.ask("GET", PollingTests.target(first))
            try await server.waitsForPoll()
            let second = try await server.poll(poller)
            let third = EngineTestServer.sid(try await late.request("GET", PollingTests.start).text)
            let events = [await server.log.next(), await server.log.next()].compactMap(\.self)
            #expect(events.sorted() == ["closed forced close", "opened"])
            let ended = try await other.answer()
            #expect(ended.status == 503)
            #expect(ended.text == #"{"code":3,"message":"Too many sessions"}"#)
            #expect(server.engine.sessionCount == 3)
            #expect(server.engine.registry[first] == nil)
            for sid in [second, third] {
                #expect(try await other.request("POST", PollingTests.target(sid), body: "4a").text == "ok")
                #expect(await server.log.next() == "text a")
            }
            try await socket.sendText("4b")
            #expect(try await socket.frame() == .text("4b"))
        }
    }

    @Test("sessions whose clients have not joined are limited for each connection and address, until they join or end")
    func unjoinedSources() async throws {
        var options = SocketIOOptions()
        options.maximumUnjoinedPerConnection = 2
        options.maximumUnjoinedPerAddress = 3
        try await EngineTestServer.run(options, joins: false) { server in
            let one = try await server.connect(), other = try await server.connect(),
                socket = try await server.connect()
            _ = try await server.poll(one)
            let sid = try await server.poll(one)
            let refused = try await one.request("GET", PollingTests.start)
            #expect(refused.status == 503)
            #expect(
                refused.text
                    == #"{"code":3,"message":"Too many sessions of this connection have not joined a namespace: at most 2"}"#
            )
            _ = try await server.poll(other)
            try await server.joins()
            _ = try await server.poll(other)
            #expect(try await socket.openWebSocket(WebSocketTests.start).text.contains("of this address"))
            _ = try await one.request("POST", PollingTests.target(sid), body: "1")
            #expect(try await one.request("GET", PollingTests.start).status == 200)
        }
    }

    @Test("at most maximumSessions sessions are kept for a last GET")
    func unfetchedBytes() async throws {
        var options = SocketIOOptions()
        options.maximumSessions = 2
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            for ended in 1...5 {
                let sid = try await server.poll(client)
                #expect(try await client.request("POST", PollingTests.target(sid), body: "1").text == "ok")
                #expect(await server.log.next() == "closed transport close")
                #expect(server.engine.sessionCount == min(ended, 2))
            }
        }
    }

    @Test("last bytes that no GET fetches are dropped", arguments: [true, false])
    func draining(byServer: Bool) async throws {
        var options = SocketIOOptions()
        options.upgradeTimeout = .milliseconds(20)
        try await EngineTestServer.run(options) { server in
            let client = try await server.connect()
            let sid = try await server.poll(client)
            if byServer {
                server.log.session { $0.close(.forcedServerClose) }
            } else {
                _ = try await client.request("POST", PollingTests.target(sid), body: "1")
            }
            while server.engine.sessionCount > 0 { await Task.yield() }
        }
    }

    @Test("close ends every session, on all loops, and refuses new ones")
    func close() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let clients = [try await server.connect(), try await server.connect(), try await server.connect()]
            for client in clients.prefix(2) { _ = try await server.openWebSocket(client) }
            let sid = try await server.poll(clients[2])
            try await clients[2].ask("GET", PollingTests.target(sid))
            try await server.waitsForPoll()
            await server.engine.close()
            for _ in 0..<3 { #expect(await server.log.next() == "closed server shutting down") }
            #expect(try await clients[0].frame() == .close([]))
            #expect(try await clients[2].answer().status == 503)
            let refused = try await clients[2].request("GET", PollingTests.start)
            #expect(refused.status == 503)
            #expect(refused.text == #"{"code":3,"message":"The server is shutting down"}"#)
        }
    }
}

extension WireClient {
    /// Asks for a WebSocket and reads nothing.
    fileprivate func openWebSocketUnread() async throws {
        try await ask(
            "GET", WebSocketTests.start,
            [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ])
    }
}
