import NIOCore
@testable import SocketIO
import Synchronization

/// An Engine.IO server for one test. It echoes messages, and records the calls that its sessions get.
struct EngineTestServer {
    let engine: EngineServer
    let log: SessionLog
    private let server: HTTPTestServer

    var port: Int { server.port }

    /// - Parameters:
    ///   - loops: the number of event loops, to which connections are assigned in turn.
    ///   - echoes: whether messages are answered with themselves.
    ///   - joins: whether clients count as having joined a namespace from the beginning.
    static func run(
        _ options: SocketIOOptions = SocketIOOptions(), loops: Int = 1, echoes: Bool = true, joins: Bool = true,
        _ body: (EngineTestServer) async throws -> Void
    ) async throws {
        let log = SessionLog()
        let engine = EngineServer(options) { _ in RecordingEngineClient(log, echoes: echoes, joins: joins) }
        try await HTTPTestServer.run(
            loops: loops, decide: { head, channel in engine.decide(head, channel) }, close: { await engine.close() }
        ) { server in try await body(EngineTestServer(engine: engine, log: log, server: server)) }
    }

    /// Does to each connection what a graceful shutdown of the server does.
    func quiesce() { server.quiesce() }

    func connect(reads: Bool = true) async throws -> WireClient { try await .connect(to: port, reads: reads) }

    /// Begins a session by polling and returns its id.
    func poll(_ client: WireClient) async throws -> String {
        let answer = try await client.request("GET", "/socket.io/?EIO=4&transport=polling")
        _ = await log.next()
        return Self.sid(answer.text)
    }

    /// Begins a session over a WebSocket and returns its id.
    func openWebSocket(_ client: WireClient) async throws -> String {
        _ = try await client.openWebSocket("/socket.io/?EIO=4&transport=websocket")
        guard case .text(let open) = try await client.frame() else { return "" }
        _ = await log.next()
        return Self.sid(open)
    }

    static func sid(_ open: String) -> String { String(open.dropFirst(#"0{"sid":""#.utf8.count).prefix { $0 != "\"" }) }
}

extension EngineTestServer {
    /// Returns when a GET of the latest session waits.
    func waitsForPoll() async throws { try await waits { $0.session.pollWaits } }

    /// Makes the client of the latest session join a namespace.
    func joins() async throws {
        try await waits { session in
            session.clientHasJoined()
            return true
        }
    }

    /// Returns when a condition holds for the latest session. The condition is evaluated repeatedly on its loop.
    func waits(for condition: @escaping @Sendable (EngineConnection) -> Bool) async throws {
        while true {
            let holds = await withCheckedContinuation { answer in
                log.session { answer.resume(returning: condition($0)) }
            }
            if holds { return }
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

/// Records the calls that the sessions of a server get, in order, and the latest session.
final class SessionLog: Sendable {
    private let recorder = EventRecorder()
    private let latest = Mutex<EngineConnection?>(nil)
    private let unsentTexts = Mutex<[String]>([])
    private let departures = HeldWork()
    private let arrivals = HeldWork()

    func add(_ text: String) { recorder.add(text) }

    func next() async -> String? { await recorder.next() }

    func opened(_ connection: EngineConnection) {
        latest.withLock { $0 = connection }
        add("opened")
    }

    // MARK: Sending

    /// Writes messages to the latest session as fast as it is writable.
    func sendWhenWritable(_ messages: Int, bytes: Int) {
        let text = String(repeating: "x", count: bytes)
        unsentTexts.withLock { $0 = Array(repeating: text, count: messages) }
        session { self.continueSending($0) }
    }

    func continueSending(_ connection: EngineConnection) {
        while connection.isWritable, let text = unsentTexts.withLock({ $0.popLast() }) { connection.write(text) }
    }

    // MARK: Moves

    /// While true, sessions that have departed do not arrive.
    func holdsMoves(_ holds: Bool) { arrivals.hold(holds) }

    /// While true, sessions do not depart.
    func holdsDepartures(_ holds: Bool) { departures.hold(holds) }

    func depart(_ work: @escaping @Sendable () -> Void) { departures.run(work) }

    func arrive(_ work: @escaping @Sendable () -> Void) { arrivals.run(work) }

    /// Runs work for the latest session on its loop.
    func session(_ work: @escaping @Sendable (EngineConnection) -> Void) {
        latest.withLock { $0 }?.perform(work)
    }
}

/// Runs work at once, or keeps it until it is released.
final class HeldWork: Sendable {
    private let state = Mutex<(isHeld: Bool, kept: [@Sendable () -> Void])>((false, []))

    func run(_ work: @escaping @Sendable () -> Void) {
        let runs = state.withLock { state in
            if state.isHeld { state.kept.append(work) }
            return !state.isHeld
        }
        if runs { work() }
    }

    func hold(_ isHeld: Bool) {
        let kept = state.withLock { state in
            state.isHeld = isHeld
            guard !isHeld else { return [] as [@Sendable () -> Void] }
            defer { state.kept = [] }
            return state.kept
        }
        for work in kept { work() }
    }
}

/// Records the calls that it gets, and echoes messages.
final class RecordingEngineClient: EngineClient {
    private let log: SessionLog
    private let echoes: Bool
    private let joins: Bool
    /// Nil before `opened` and after `closed`.
    private var connection: EngineConnection?

    init(_ log: SessionLog, echoes: Bool, joins: Bool) {
        self.log = log
        self.echoes = echoes
        self.joins = joins
    }

    func opened(_ connection: EngineConnection) {
        self.connection = connection
        if joins { connection.clientHasJoined() }
        log.opened(connection)
    }

    func received(text: ByteBuffer) {
        log.add("text \(String(buffer: text))")
        if text == ByteBuffer(string: "pause") { connection?.isPaused = true }
        if echoes { connection?.write(.message(text)) }
    }

    func received(binary: ByteBuffer) {
        log.add("binary \(Array(binary.readableBytesView))")
        if echoes { connection?.write(.binary(binary)) }
    }

    func writabilityChanged() {
        if let connection { log.continueSending(connection) }
    }

    func willSwitch() { log.add("willSwitch") }

    func didSwitch() { log.add("didSwitch") }

    func move(to loop: any EventLoop, depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void) {
        log.add("move")
        log.depart { [log] in
            depart()
            log.arrive { loop.execute(arrive) }
        }
    }

    func closed(_ reason: DisconnectReason) {
        connection = nil
        log.add("closed \(reason)")
    }
}

extension EngineConnection {
    /// Writes a packet, encoded for the present transport.
    func write(_ packet: EnginePacket) {
        var bytes = ByteBuffer()
        packet.append(to: &bytes, for: transport)
        write(bytes)
    }

    func write(_ text: String) { write(.message(ByteBuffer(string: text))) }
}
