import NIOCore
@testable import SocketIO
import TestSupport
import Testing

/// Connections are assigned to the loops in turn: with two loops, the first and the second connection of
/// a test are on different ones, the first and the third on the same.
@Suite("From polling to WebSocket, over real sockets", .timeLimit(.minutes(1)))
struct UpgradeTests {
    static func target(_ sid: String) -> String { WebSocketTests.start + "&sid=" + sid }

    /// A session with a candidate.
    private static func begin(_ server: EngineTestServer) async throws -> (WireClient, WireClient, sid: String) {
        let poller = try await server.connect(), socket = try await server.connect()
        let sid = try await server.poll(poller)
        #expect(try await socket.openWebSocket(target(sid)).status == 101)
        return (poller, socket, sid)
    }

    private static func probe(_ socket: WireClient) async throws {
        try await socket.sendText("2probe")
        #expect(try await socket.frame() == .text("3probe"))
    }

    private static func expectSwitch(_ server: EngineTestServer, loops: Int) async {
        #expect(await server.log.next() == "willSwitch")
        if loops > 1 { #expect(await server.log.next() == "move") }
        #expect(await server.log.next() == "didSwitch")
    }

    @Test("the waiting GET is released with 6, and the session continues over the WebSocket", arguments: [1, 2])
    func upgrade(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let (poller, socket, sid) = try await Self.begin(server)
            try await poller.ask("GET", PollingTests.target(sid))
            try await server.waitsForPoll()
            try await Self.probe(socket)
            #expect(try await poller.answer().text == "6")
            try await socket.sendText("5")
            try await socket.sendText("4over the socket")
            await Self.expectSwitch(server, loops: loops)
            #expect(try await socket.frame() == .text("4over the socket"))
            #expect(await server.log.next() == "text over the socket")
            for method in ["GET", "POST"] {
                let refused = try await poller.request(
                    method, PollingTests.target(sid), body: method == "POST" ? "4a" : nil)
                #expect(refused.status == 400)
                #expect(refused.text == #"{"code":3,"message":"Bad request"}"#)
            }
            try await socket.sendText("1")
            #expect(await server.log.next() == "closed transport close")
        }
    }

    @Test("frames that come together with the 5 are read after the move, in order", arguments: [1, 2])
    func eagerFrames(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let (_, socket, _) = try await Self.begin(server)
            try await Self.probe(socket)
            let frames = ["5"] + (0..<200).map { "4\($0)" }
            try await socket.send(frames.flatMap { WireClient.frame(0x81, Array($0.utf8)) })
            for number in 0..<200 { #expect(try await socket.frame() == .text("4\(number)")) }
        }
    }

    @Test("probe and upgrade may come together", arguments: [1, 2])
    func eagerUpgrade(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let (_, socket, _) = try await Self.begin(server)
            try await socket.send(["2probe", "5", "4a"].flatMap { WireClient.frame(0x81, Array($0.utf8)) })
            #expect(try await socket.frame() == .text("3probe"))
            #expect(try await socket.frame() == .text("4a"))
        }
    }

    @Test("every GET between probe and 5 is released at once, with packets or with 6", arguments: [1, 2])
    func polling(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let (poller, socket, sid) = try await Self.begin(server)
            try await Self.probe(socket)
            for _ in 0..<3 { #expect(try await poller.request("GET", PollingTests.target(sid)).text == "6") }
            #expect(try await poller.request("POST", PollingTests.target(sid), body: "4a").text == "ok")
            #expect(try await poller.request("GET", PollingTests.target(sid)).text == "4a")
        }
    }

    @Test("packets that wait at the 5 come over the WebSocket, in order, binary too", arguments: [1, 2])
    func queue(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let (poller, socket, sid) = try await Self.begin(server)
            try await Self.probe(socket)
            #expect(
                try await poller.request("POST", PollingTests.target(sid), body: "4one\u{1e}bAQID\u{1e}4two").text
                    == "ok")
            try await socket.sendText("5")
            try await socket.sendText("4three")
            #expect(try await socket.frame() == .text("4one"))
            #expect(try await socket.frame() == .binary([1, 2, 3]))
            #expect(try await socket.frame() == .text("4two"))
            #expect(try await socket.frame() == .text("4three"))
        }
    }

    @Test(
        "only the candidate is closed if it sends anything else",
        arguments: ["2", "4a", "3probe", "5", "1", "", "2probe!", "x"])
    func wrongWords(packet: String) async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let (poller, socket, sid) = try await Self.begin(server)
            try await socket.sendText(packet)
            #expect(try await socket.frame() == .close([]))
            #expect(try await poller.request("POST", PollingTests.target(sid), body: "4a").text == "ok")
            #expect(try await poller.request("GET", PollingTests.target(sid)).text == "4a")
        }
    }

    @Test(
        "a candidate that says anything but 5 after its probe is closed alone, and GETs wait again", arguments: [1, 2])
    func wrongEnd(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let (poller, socket, sid) = try await Self.begin(server)
            try await Self.probe(socket)
            try await socket.sendBinary([1])
            #expect(try await socket.frame() == .close([]))
            try await server.waits { !$0.session.hasCandidate }
            try await poller.ask("GET", PollingTests.target(sid))
            try await server.waitsForPoll()
            let other = try await server.connect()
            #expect(try await other.request("POST", PollingTests.target(sid), body: "4a").text == "ok")
            #expect(try await poller.answer().text == "4a")
            #expect(try await other.openWebSocket(Self.target(sid)).status == 101)
            try await Self.probe(other)
        }
    }

    @Test("when a candidate is lost, the session continues with polling", arguments: [true, false])
    func death(probed: Bool) async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let (poller, socket, sid) = try await Self.begin(server)
            if probed { try await Self.probe(socket) }
            try await socket.close()
            try await server.waits { !$0.session.hasCandidate && $0.session.phase == .polling }
            #expect(try await poller.request("POST", PollingTests.target(sid), body: "4a").text == "ok")
            #expect(try await poller.request("GET", PollingTests.target(sid)).text == "4a")
        }
    }

    @Test("only the candidate is closed if it does not send 5 in time", arguments: [true, false])
    func timeout(probed: Bool) async throws {
        var options = SocketIOOptions()
        // Enough for a probe on a busy machine.
        options.upgradeTimeout = .milliseconds(probed ? 3000 : 20)
        try await EngineTestServer.run(options, loops: 2) { server in
            let (poller, socket, sid) = try await Self.begin(server)
            if probed { try await Self.probe(socket) }
            #expect(try await socket.frame() == .close([]))
            #expect(try await poller.request("POST", PollingTests.target(sid), body: "4a").text == "ok")
            #expect(try await poller.request("GET", PollingTests.target(sid)).text == "4a")
        }
    }

    @Test(
        "a second WebSocket is opened and closed while one wants the session, and after it has it", arguments: [1, 2])
    func second(loops: Int) async throws {
        try await EngineTestServer.run(loops: loops) { server in
            let (_, socket, sid) = try await Self.begin(server)
            try await Self.probe(socket)
            for packet in ["5", "4a"] {
                let other = try await server.connect()
                #expect(try await other.openWebSocket(Self.target(sid)).status == 101)
                #expect(try await other.frame() == .close([]))
                try await socket.sendText(packet)
                if packet == "5" { await Self.expectSwitch(server, loops: loops) }
            }
            #expect(try await socket.frame() == .text("4a"))
        }
    }

    @Test("of two WebSockets that were accepted at the same time the second is closed")
    func race() async throws {
        try await EngineTestServer.run { server in
            let (_, socket, sid) = try await Self.begin(server)
            let session = try #require(server.engine.registry[sid])
            let late = WebSocketTransport(upgrading: session, server.engine, on: session.loop)
            server.log.session { $0.candidateOpened(late) }
            try await Self.probe(socket)
            try await socket.sendText("5")
            await Self.expectSwitch(server, loops: 1)
        }
    }

    @Test("upgrades are refused when they are switched off")
    func switchedOff() async throws {
        var options = SocketIOOptions()
        options.allowsUpgrades = false
        try await EngineTestServer.run(options) { server in
            let poller = try await server.connect(), socket = try await server.connect()
            let sid = try await server.poll(poller)
            #expect(try await socket.openWebSocket(Self.target(sid)).status == 400)
        }
    }

    @Test("the loops of a session are the polling connection's, then the WebSocket's")
    func loops() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let poller = try await server.connect(), across = try await server.connect(),
                same = try await server.connect()
            let first = try await server.poll(poller)
            #expect(try await same.openWebSocket(Self.target(first)).status == 101)
            try await Self.probe(same)
            try await same.sendText("5")
            await Self.expectSwitch(server, loops: 1)
            let second = try await server.poll(poller)
            let before = try #require(server.engine.registry[second]).loop
            #expect(try await across.openWebSocket(Self.target(second)).status == 101)
            try await Self.probe(across)
            try await across.sendText("5")
            await Self.expectSwitch(server, loops: 2)
            let after = try #require(server.engine.registry[second]).loop
            #expect(after !== before)
        }
    }

    @Test("a session that is closed while it moves ends once, when it has arrived")
    func closedOnTheWay() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let (_, socket, _) = try await Self.begin(server)
            try await Self.probe(socket)
            server.log.holdsMoves(true)
            try await socket.sendText("5")
            #expect(await server.log.next() == "willSwitch")
            #expect(await server.log.next() == "move")
            // Departed: work that is requested now runs on the new loop, before the session has arrived there.
            server.log.session { $0.close(.forcedServerClose) }
            server.log.session { _ in server.log.holdsMoves(false) }
            #expect(await server.log.next() == "didSwitch")
            #expect(await server.log.next() == "closed forced server close")
            #expect(try await socket.frame() == .close([]))
            #expect(server.engine.sessionCount == 0)
        }
    }

    @Test("closing the server waits for a session that moves")
    func closingServer() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let (_, socket, _) = try await Self.begin(server)
            try await Self.probe(socket)
            server.log.holdsMoves(true)
            try await socket.sendText("5")
            #expect(await server.log.next() == "willSwitch")
            #expect(await server.log.next() == "move")
            async let closed: Void = server.engine.close()
            try await server.waits { $0.closesAfterMove }
            server.log.holdsMoves(false)
            await closed
            #expect(await server.log.next() == "didSwitch")
            #expect(await server.log.next() == "closed server shutting down")
        }
    }

    @Test("a WebSocket that is closed after its 5 ends the session when the session has arrived")
    func deathOnTheWay() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let (_, socket, _) = try await Self.begin(server)
            try await Self.probe(socket)
            server.log.holdsMoves(true)
            try await socket.sendText("5")
            #expect(await server.log.next() == "willSwitch")
            #expect(await server.log.next() == "move")
            try await socket.close()
            try await server.waits { $0.closesAfterMove }
            server.log.holdsMoves(false)
            #expect(await server.log.next() == "didSwitch")
            #expect(await server.log.next() == "closed transport close")
        }
    }

    @Test("a session that is closed before it departs does not move")
    func closedBeforeDeparture() async throws {
        try await EngineTestServer.run(loops: 2) { server in
            let (_, socket, _) = try await Self.begin(server)
            try await Self.probe(socket)
            server.log.holdsDepartures(true)
            try await socket.sendText("5")
            #expect(await server.log.next() == "willSwitch")
            #expect(await server.log.next() == "move")
            server.log.session { $0.close(.forcedServerClose) }
            #expect(await server.log.next() == "closed forced server close")
            server.log.holdsDepartures(false)
            #expect(try await socket.frame() == .close([]))
            #expect(server.engine.sessionCount == 0)
        }
    }
}
