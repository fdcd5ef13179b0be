import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
@testable import SocketIO
import Synchronization
@testable import WebSocket
import TestSupport

/// An Engine.IO server on a port of its own that echoes, and tells the test what its sessions were told.
///
/// What is not Engine.IO's is answered by the router: 404, body `router`.
struct EngineTestServer {
    let port: Int
    let engine: EngineServer
    let log: SessionLog
    private let children: EngineTestChildren

    /// - Parameters:
    ///   - loops: event loops; connections are dealt out to them in turn.
    ///   - echoes: whether messages are answered with themselves.
    ///   - joins: whether clients count as having joined a namespace from the beginning.
    static func run(
        _ options: SocketIOOptions = SocketIOOptions(), loops: Int = 1, echoes: Bool = true, joins: Bool = true,
        _ body: (EngineTestServer) async throws -> Void
    ) async throws {
        let log = SessionLog(), children = EngineTestChildren()
        let engine = EngineServer(options) { _ in RecordingEngineClient(log, echoes: echoes, joins: joins) }
        let upgradeChannel = HTTPUpgradeChannel(responder: respond) { head, channel in
            engine.decide(head, channel) ?? .http
        }
        let logger = Logger(label: "test")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0) { channel in
                children.add(channel)
                return upgradeChannel.setup(channel: channel, logger: logger)
            }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await server.executeThenClose { inbound in
                    try await withThrowingDiscardingTaskGroup { connections in
                        for try await child in inbound {
                            connections.addTask { await upgradeChannel.handle(value: child, logger: logger) }
                        }
                    }
                }
            }
            let running = EngineTestServer(
                port: server.channel.localAddress?.port ?? 0, engine: engine, log: log, children: children)
            // After a failure too: the group waits for its connections.
            defer {
                tasks.cancelAll()
                children.closeAll()
            }
            try await body(running)
            await engine.close()
        }
        try await group.shutdownGracefully()
    }

    private static let respond: HTTPChannelHandler.Responder = { _, writer, _ in
        var body = try await writer.writeHead(HTTPResponse(status: .notFound, headerFields: [.contentLength: "6"]))
        try await body.write(ByteBuffer(string: "router"))
        try await body.finish(nil)
    }

    /// What a graceful shutdown of the server does to each connection.
    func quiesce() { children.quiesce() }

    func connect(reads: Bool = true) async throws -> WireClient { try await .connect(to: port, reads: reads) }

    /// Begins a session by polling and answers its id.
    func poll(_ client: WireClient) async throws -> String {
        let answer = try await client.request("GET", "/socket.io/?EIO=4&transport=polling")
        _ = await log.next()
        return Self.sid(answer.text)
    }

    /// Begins a session over a WebSocket and answers its id.
    func openWebSocket(_ client: WireClient) async throws -> String {
        _ = try await client.openWebSocket("/socket.io/?EIO=4&transport=websocket")
        guard case .text(let open) = try await client.frame() else { return "" }
        _ = await log.next()
        return Self.sid(open)
    }

    static func sid(_ open: String) -> String { String(open.dropFirst(#"0{"sid":""#.utf8.count).prefix { $0 != "\"" }) }
}

/// What the sessions of a server were told, in order, and the latest of them.
final class SessionLog: Sendable {
    private let told: AsyncStream<String>
    private let tell: AsyncStream<String>.Continuation
    private let latest = Mutex<EngineConnection?>(nil)
    private let food = Mutex<[String]>([])
    private let departures = WorkGate()
    private let arrivals = WorkGate()

    init() { (told, tell) = AsyncStream.makeStream() }

    func add(_ text: String) { tell.yield(text) }

    func opened(_ connection: EngineConnection) {
        latest.withLock { $0 = connection }
        add("opened")
    }

    func next() async -> String? {
        for await text in told { return text }
        return nil
    }

    // MARK: Feeding

    /// Has the latest session written to as fast as it is writable.
    func feed(_ messages: Int, bytes: Int) {
        let text = String(repeating: "x", count: bytes)
        food.withLock { $0 = Array(repeating: text, count: messages) }
        session { self.goOnFeeding($0) }
    }

    func goOnFeeding(_ connection: EngineConnection) {
        while connection.isWritable, let text = food.withLock({ $0.popLast() }) { connection.write(text) }
    }

    // MARK: Moves

    /// While true, sessions that have departed do not arrive.
    func holdsMoves(_ holds: Bool) { arrivals.hold(holds) }

    /// While true, sessions do not depart.
    func holdsDepartures(_ holds: Bool) { departures.hold(holds) }

    func depart(_ work: @escaping @Sendable () -> Void) { departures.pass(work) }

    func arrive(_ work: @escaping @Sendable () -> Void) { arrivals.pass(work) }

    /// Does something to the latest session on its loop.
    func session(_ work: @escaping @Sendable (EngineConnection) -> Void) {
        latest.withLock { $0 }?.perform(work)
    }
}

/// Lets work pass, or keeps it for later.
final class WorkGate: Sendable {
    private let state = Mutex<(isShut: Bool, kept: [@Sendable () -> Void])>((false, []))

    func pass(_ work: @escaping @Sendable () -> Void) {
        let passes = state.withLock { state in
            if state.isShut { state.kept.append(work) }
            return !state.isShut
        }
        if passes { work() }
    }

    func hold(_ isShut: Bool) {
        let kept = state.withLock { state in
            state.isShut = isShut
            guard !isShut else { return [] as [@Sendable () -> Void] }
            defer { state.kept = [] }
            return state.kept
        }
        for work in kept { work() }
    }
}

/// Writes down what it is told, and echoes.
final class RecordingEngineClient: EngineClient {
    private let log: SessionLog
    private let echoes: Bool
    private let joins: Bool

    init(_ log: SessionLog, echoes: Bool, joins: Bool) {
        self.log = log
        self.echoes = echoes
        self.joins = joins
    }

    func opened(_ connection: EngineConnection) {
        if joins { connection.clientHasJoined() }
        log.opened(connection)
    }

    func received(text: ByteBuffer, on connection: EngineConnection) {
        log.add("text \(String(buffer: text))")
        if text == ByteBuffer(string: "pause") { connection.isPaused = true }
        if echoes { connection.write(.message(text)) }
    }

    func received(binary: ByteBuffer, on connection: EngineConnection) {
        log.add("binary \(Array(binary.readableBytesView))")
        if echoes { connection.write(.binary(binary)) }
    }

    func writabilityChanged(_ connection: EngineConnection) { log.goOnFeeding(connection) }

    func willSwitch(_ connection: EngineConnection) { log.add("willSwitch") }

    func didSwitch(_ connection: EngineConnection) { log.add("didSwitch") }

    func move(
        _ connection: EngineConnection, to loop: any EventLoop,
        depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void
    ) {
        log.add("move")
        log.depart { [log] in
            depart()
            log.arrive { loop.execute(arrive) }
        }
    }

    func closed(_ reason: DisconnectReason, on connection: EngineConnection) { log.add("closed \(reason)") }
}

extension EngineConnection {
    /// Renders a packet for the present transport.
    func write(_ packet: EnginePacket) {
        var bytes = ByteBuffer()
        packet.append(to: &bytes, for: transport)
        write(bytes)
    }

    func write(_ text: String) { write(.message(ByteBuffer(string: text))) }
}

/// The connections of a server, to shut them down as Hummingbird's server does.
final class EngineTestChildren: Sendable {
    private let channels = Mutex<[any Channel]>([])

    func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }

    func quiesce() {
        for channel in channels.withLock({ $0 }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func closeAll() {
        for channel in channels.withLock({ $0 }) { channel.close(promise: nil) }
    }
}
