import NIOCore
@testable import SocketIO
import Synchronization
import TestSupport
import Testing

@Suite("Namespaces with a backend, over real sockets", .timeLimit(.minutes(1)))
struct BackendTests {
    private static func run(
        loops: Int = 1, prepare: (SocketIOServer) -> Void = { _ in },
        _ body: (SocketIOTestServer, RecordingBackend) async throws -> Void
    ) async throws {
        let backend = RecordingBackend()
        try await SocketIOTestServer.run(
            loops: loops,
            prepare: { io in
                io.install(backend: backend)
                prepare(io)
            }
        ) { try await body($0, backend) }
    }

    @Test("an admitted socket gets its ids, and its backend writes to it and gets its events")
    func admitted() async throws {
        try await Self.run { server, log in
            let client = try await server.bareClient()
            #expect(
                try await client.ask(#"0/log,{"id":"old","pid":"secret"}"#) == #"0/log,{"sid":"old","pid":"secret"}"#)
            #expect(try await client.next() == #"2/log,["fed"]"#)
            #expect(try await client.ask(#"2/log,5["mine"]"#) == #"3/log,5["yes"]"#)
            try await client.send("1/log,")
            for event in ["attached websocket", "received mine", "closed client namespace disconnect"] {
                #expect(await log.next() == event)
            }
            let socket = try #require(log.socket)
            #expect(socket.isRecovered && socket.id == "old")
        }
    }

    @Test(
        "a backend refuses with message and data; any other error is internal",
        arguments: [
            ("refuse", #"4/log,{"message":"gone","data":[1]}"#), ("fail", #"4/log,{"message":"internal"}"#),
        ])
    func refused(id: String, answer: String) async throws {
        try await Self.run { server, _ in
            let client = try await server.bareClient()
            #expect(try await client.ask(#"0/log,{"id":"\#(id)"}"#) == answer)
            #expect(try await client.join("/log").count == 20)
        }
    }

    @Test("handlers and middleware of the namespace work together with the backend")
    func handlers() async throws {
        try await Self.run(prepare: { io in
            let namespace = io.of("/log")
            namespace.use { socket in if socket.id == "bad" { throw ConnectionRefused("not you") } }
            namespace.onConnection { socket in socket.on("other") { 1 } }
        }) { server, log in
            let client = try await server.bareClient()
            #expect(try await client.ask(#"0/log,{"id":"bad"}"#) == #"4/log,{"message":"not you"}"#)
            #expect(try await client.ask(#"0/log,{"id":"good"}"#) == #"0/log,{"sid":"good"}"#)
            #expect(try await client.next() == #"2/log,["fed"]"#)
            #expect(try await client.ask(#"2/log,5["other"]"#) == "3/log,5[1]")
            #expect(await log.next() == "attached websocket")
        }
    }

    @Test(
        "a backend that takes no attachments gets the event at once, unless there is also a handler",
        arguments: [false, true])
    func attachments(hasHandler: Bool) async throws {
        try await Self.run(prepare: { io in if hasHandler { io.of("/log").onConnection { _ in } } }) { server, _ in
            let client = try await server.bareClient()
            _ = try await client.ask(#"0/log,{"id":"a","textOnly":true}"#)
            _ = try await client.next()
            try await client.send(#"52-/log,5["mine",{"_placeholder":true,"num":0}]"#)
            if !hasHandler { #expect(try await client.next() == #"3/log,5["yes"]"#) }
            for _ in 0..<2 { try await client.wire.sendBinary([1]) }
            if hasHandler { #expect(try await client.next() == #"3/log,5["yes"]"#) }
            #expect(try await client.ask(#"2/log,6["mine"]"#) == #"3/log,6["yes"]"#)
        }
    }

    @Test("events that are emitted beside a backend never end with a string that the client could take for a position")
    func guarded() async throws {
        try await Self.run { server, _ in
            let client = try await server.bareClient()
            _ = try await client.ask(#"0/log,{"id":"a","pid":"secret"}"#)
            _ = try await client.next()
            server.io.of("/log").emit("e", "text")
            #expect(try await client.next() == #"2/log,["e","text",null]"#)
            server.io.of("/log").emit("e", 1)
            #expect(try await client.next() == #"2/log,["e",1]"#)
        }
    }

    @Test("an older connection with the same id is disconnected")
    func evicted() async throws {
        try await Self.run(loops: 2) { server, log in
            let old = try await server.bareClient(), new = try await server.bareClient()
            _ = try await old.ask(#"0/log,{"id":"same"}"#)
            #expect(await log.next() == "attached websocket")
            _ = try await old.next()
            #expect(try await new.ask(#"0/log,{"id":"same"}"#) == #"0/log,{"sid":"same"}"#)
            #expect(try await old.next() == "end")
            var events = [await log.next(), await log.next()].compactMap(\.self)
            events.sort()
            #expect(events == ["attached websocket", "closed transport close"])
            #expect(await server.io.of("/log").fetchSockets().count == 1)
        }
    }

    @Test("an upgrade detaches the backend and attaches it again", arguments: [1, 2])
    func upgrade(loops: Int) async throws {
        try await Self.run(loops: loops) { server, log in
            let poller = try await WireClient.connect(to: server.port),
                socket = try await WireClient.connect(to: server.port)
            let sid = EngineTestServer.sid(try await poller.request("GET", "/socket.io/?EIO=4&transport=polling").text)
            let target = "/socket.io/?EIO=4&transport=polling&sid=" + sid
            _ = try await poller.request("POST", target, body: "40/log,")
            var text = ""
            while !text.contains("fed") { text += try await poller.request("GET", target).text }
            _ = try await socket.openWebSocket("/socket.io/?EIO=4&transport=websocket&sid=" + sid)
            try await socket.sendText("2probe")
            _ = try await socket.frame()
            try await socket.sendText("5")
            #expect(try await socket.frame() == .text(#"42/log,["fed"]"#))
            for event in ["attached polling", "detached", "attached websocket"] { #expect(await log.next() == event) }
        }
    }
}

/// A backend of `/log` that writes `fed` when it is attached, and records the calls that it gets.
private final class RecordingBackend: NamespaceBackend {
    private struct Failure: Error {}

    private struct Auth: Decodable {
        var id: String?
        var pid: String?
        var textOnly: Bool?
    }

    private let recorder = EventRecorder()
    private let latest = Mutex<Socket?>(nil)

    var socket: Socket? { latest.withLock { $0 } }

    func next() async -> String? { await recorder.next() }

    func accepts(_ namespace: String) -> Bool { namespace == "/log" }

    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission> {
        let array = ByteBuffer(string: "[").appending(request.auth ?? Array("{}".utf8)).appending(Array("]".utf8))
        let auth = try? Arguments(array, attachments: [], skippingName: false).decode(Auth.self, at: 0)
        switch auth?.id {
        case "refuse": return loop.makeFailedFuture(ConnectionRefused("gone", data: [1]))
        case "fail": return loop.makeFailedFuture(Failure())
        default: break
        }
        let admission = Admission(
            id: auth?.id ?? request.id, pid: auth?.pid, isRecovered: auth?.id != nil,
            takesAttachments: auth?.textOnly != true
        ) { socket in
            self.latest.withLock { $0 = socket }
            socket.onAny { event in
                guard event.name == "mine", let id = event.id else { return }
                self.recorder.add("received mine")
                socket.acknowledge(id, Array(#"["yes"]"#.utf8))
            }
            return RecordingSocketBackend(self.recorder)
        }
        return loop.makeSucceededFuture(admission)
    }

    private final class RecordingSocketBackend: SocketBackend {
        private let recorder: EventRecorder
        private var outlet: SocketOutlet?

        init(_ recorder: EventRecorder) { self.recorder = recorder }

        func attached(_ outlet: SocketOutlet) {
            self.outlet = outlet
            outlet.loop.preconditionInEventLoop()
            recorder.add("attached \(outlet.transport.rawValue)")
            outlet.write(OutgoingPacket.event("fed", .none, namespace: "/log").encoded(for: outlet.transport))
        }

        func detached() {
            #expect(outlet?.isWritable == false)
            recorder.add("detached")
        }

        func writabilityChanged() {}

        func closed(_ reason: DisconnectReason) { recorder.add("closed \(reason)") }
    }
}

extension ByteBuffer {
    fileprivate func appending(_ bytes: [UInt8]) -> ByteBuffer {
        var all = self
        all.writeBytes(bytes)
        return all
    }
}
