import NIOCore
@testable import SocketIO
import Testing

@Suite("The packets that a client may send", .serialized)
struct ClientRulesTests {
    private let io: SocketIOServer
    private let loop = StepLoop()

    init() {
        var options = SocketIOOptions()
        options.maximumNamespaces = 3
        io = SocketIOServer(options)
        _ = io.of("/a")
        _ = io.of(matching: { $0.hasPrefix("/x") })
    }

    /// A client that has sent these packets; all work is done after each packet.
    private func client(_ packets: [String]) -> RecordingEngine {
        let engine = RecordingEngine(io, on: loop)
        for packet in packets {
            engine.receive(packet)
            StepLoop.finish([loop])
        }
        return engine
    }

    @Test(
        "a violation closes the connection",
        arguments: [
            ["2[\"e\"]"], ["1"], ["31[]"], ["0", "0"], ["0", "2/a,[\"e\"]"], ["0", "1", "2[\"e\"]"], ["0", "1/a,"],
            ["4{\"message\":\"x\"}"], ["0", "4{\"message\":\"x\"}"], ["0/a,", "2[\"e\"]"],
        ])
    func violations(packets: [String]) {
        #expect(client(packets).closure == .forcedServerClose)
    }

    @Test(
        "what is no packet closes the connection", arguments: [["9"], ["0[]"], ["0", "2{}"], ["0", "2[\"connect\"]"]])
    func malformed(packets: [String]) {
        #expect(client(packets).closure == .parseError)
    }

    @Test("a client may leave and come back, with a new id")
    func again() {
        let engine = client(["0", "1", "0"])
        #expect(engine.closure == nil)
        #expect(engine.packets.count == 2)
        #expect(Set(engine.packets).count == 2)
    }

    @Test("an unknown namespace is refused, and the connection stays")
    func invalidNamespace() {
        let engine = client(["0/nope,", "0/a,", "2/a,[\"e\"]"])
        #expect(engine.packets.first == #"44/nope,{"message":"Invalid namespace"}"#)
        #expect(engine.packets.count == 2)
        #expect(engine.closure == nil)
    }

    @Test("more namespaces than a connection may have are refused")
    func tooManyNamespaces() {
        let engine = client(["0", "0/a,", "0/x1,", "0/x2,", "1/a,", "0/x3,"])
        #expect(engine.packets[3] == #"44/x2,{"message":"Too many namespaces"}"#)
        #expect(engine.packets[4].hasPrefix("40/x3,"))
        #expect(engine.closure == nil)
    }

    @Test("packets that cross the server's disconnect are ignored until the client connects again")
    func crossing() throws {
        let engine = client(["0"])
        let socket = try #require(engine.member?.socket)
        socket.disconnect()
        StepLoop.finish([loop])
        engine.receive("2[\"e\"]", "31[]", "1")
        #expect(engine.packets.last == "41")
        #expect(engine.closure == nil)
        engine.receive("0")
        StepLoop.finish([loop])
        #expect(engine.packets.last?.hasPrefix("40{") == true)
        engine.receive("1", "2[\"e\"]")
        #expect(engine.closure == .forcedServerClose)
    }

    @Test("at most maximumNamespaces namespaces that the server has ended are remembered")
    func dismissals() throws {
        let engine = client([])
        for number in 0..<5 {
            engine.receive("0/x\(number),")
            StepLoop.finish([loop])
            try #require(engine.member?.socket).disconnect()
            StepLoop.finish([loop])
        }
        #expect(engine.connection?.disconnectedByServer == ["/x2", "/x3", "/x4"])
        engine.receive("2/x2,[\"e\"]")
        #expect(engine.closure == nil)
        engine.receive("2/x1,[\"e\"]")
        #expect(engine.closure == .forcedServerClose)
    }

    @Test("disconnect(close:) ends the other namespaces too, then the connection")
    func disconnectAndClose() throws {
        let engine = client(["0", "0/a,"])
        try #require(engine.member?.socket).disconnect(close: true)
        StepLoop.finish([loop])
        #expect(engine.packets.suffix(2) == ["41", "41/a,"])
        #expect(engine.closure == .forcedServerClose)
    }

    @Test("a client without a namespace is closed at its deadline; one that has joined is not")
    func connectTimeout() {
        var deadlines = ConnectDeadlines()
        let clients = (0..<3).map { _ in RecordingEngine(io, on: loop) }
        let connections = clients.compactMap(\.connection)
        let start = NIODeadline.now()
        let needsTimer = (0..<3).map { deadlines.add(connections[$0], until: start + .seconds(Int64($0) + 1)) }
        #expect(needsTimer == [true, false, false])
        deadlines.remove(connections[1])
        var (expired, next) = deadlines.expire(at: start + .seconds(2))
        #expect(expired.map(ObjectIdentifier.init) == [ObjectIdentifier(connections[0])])
        #expect(next == start + .seconds(3))
        (expired, next) = deadlines.expire(at: start + .seconds(4))
        #expect(expired.count == 1 && next == nil)
        clients[0].receive("0")
        loop.run {
            connections[0].connectIsOverdue()
            connections[1].connectIsOverdue()
        }
        #expect(clients[0].closure == nil)
        #expect(clients[1].closure == .forcedServerClose)
    }
}
