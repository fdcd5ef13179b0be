import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
@testable import WebSocket
import TestSupport

/// A server on its own port: `/socket` echoes over a WebSocket, `/stream` streams, the router answers the rest.
///
/// `/slow` is answered when the test opens the gate; `/large` is more than a connection's buffers hold; `/unread` is
/// answered without reading the body, `/unsized` without a length; paths that begin with `/x/` are exchanges, see
/// ``TestExchange``.
struct TestServer {
    let port: Int
    let slow: Latch
    /// The exchanges at `/x/wait`, as their requests are complete.
    var waits: AsyncStream<TestExchange.Wait>.Iterator
    /// How sockets, streams and exchanges ended, in order.
    let ends: AsyncStream<String>.Iterator
    /// The sockets at `/pausing` that have paused.
    var pauses: AsyncStream<PausingSocket.Pause>.Iterator
    private let children: Children

    static func run(
        limits: ConnectionLimits = ConnectionLimits(), _ body: (inout TestServer) async throws -> Void
    ) async throws {
        let (ends, ended) = AsyncStream.makeStream(of: String.self)
        let (waits, waiting) = AsyncStream.makeStream(of: TestExchange.Wait.self)
        let (pauses, pausing) = AsyncStream.makeStream(of: PausingSocket.Pause.self)
        let slow = Latch(), children = Children()
        let upgradeChannel = HTTPUpgradeChannel(responder: respond(slow: slow), limits: limits) { head, channel in
            decide(head, ended, waiting, pausing)
        }
        let logger = Logger(label: "test")
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0) { channel in
                children.add(channel)
                return upgradeChannel.setup(channel: channel, logger: logger)
            }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.executeThenClose { inbound in
                    try await withThrowingDiscardingTaskGroup { connections in
                        for try await child in inbound {
                            connections.addTask { await upgradeChannel.handle(value: child, logger: logger) }
                        }
                    }
                }
            }
            var running = TestServer(
                port: server.channel.localAddress?.port ?? 0, slow: slow, waits: waits.makeAsyncIterator(),
                ends: ends.makeAsyncIterator(),
                pauses: pauses.makeAsyncIterator(), children: children)
            defer {
                slow.open()
                group.cancelAll()
                children.closeAll()
            }
            try await body(&running)
        }
    }

    private static func respond(slow: Latch) -> HTTPChannelHandler.Responder {
        { request, writer, _ in
            if request.uri.path == "/slow" { await slow.wait() }
            var bytes = 0
            if request.uri.path != "/unread" {
                for try await part in request.body { bytes += part.readableBytes }
            }
            let text =
                request.uri.path == "/large"
                ? ByteBuffer(repeating: 0x61, count: TestExchange.largeBytes)
                : ByteBuffer(string: "\(request.method) \(request.uri.path) \(bytes)\n")
            let fields: HTTPFields = request.uri.path == "/unsized" ? [:] : [.contentLength: "\(text.readableBytes)"]
            var body = try await writer.writeHead(HTTPResponse(status: .ok, headerFields: fields))
            if request.method != .head { try await body.write(text) }
            try await body.finish(nil)
        }
    }

    private static func decide(
        _ head: HTTPRequestHead, _ ended: AsyncStream<String>.Continuation,
        _ waiting: AsyncStream<TestExchange.Wait>.Continuation, _ pausing: AsyncStream<PausingSocket.Pause>.Continuation
    ) -> UpgradeDecision {
        switch head.uri {
        case _ where head.uri.hasPrefix("/x/"):
            .exchange { _ in TestExchange(ended, waiting) }
        case "/socket":
            .webSocket(headers: ["Sec-WebSocket-Protocol": "echo"]) { _ in EchoSocket(ended) }
        case "/pausing": .webSocket { _ in PausingSocket(ended, pausing) }
        case "/stream":
            .stream(headers: ["Content-Type": "text/event-stream"]) { _ in GreetingStream(ended) }
        default: .http
        }
    }

    /// What a graceful shutdown of the server does to each connection.
    func quiesce() { children.quiesce() }

    /// Returns when the first connection has ended.
    func firstConnectionEnds() async throws { try await children.firstEnds() }

    mutating func nextPause() async -> PausingSocket.Pause? {
        var pauses = pauses
        return await pauses.next(isolation: nil)
    }

    mutating func nextWait() async -> TestExchange.Wait? {
        var waits = waits
        return await waits.next(isolation: nil)
    }

    mutating func nextEnd() async -> String? {
        var ends = ends
        return await ends.next(isolation: nil)
    }
}

final class EchoSocket: WebSocketDelegate {
    private let ended: AsyncStream<String>.Continuation

    init(_ ended: AsyncStream<String>.Continuation) { self.ended = ended }

    func opened(_ connection: WebSocketConnection) { connection.send(text: "hello") }

    func received(text: ByteBuffer, on connection: WebSocketConnection) { connection.send(text: text) }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) { connection.send(binary: binary) }

    func writabilityChanged(_ connection: WebSocketConnection) {}

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        ended.yield("socket \(closure.origin) \(closure.code.rawValue)")
    }
}

final class GreetingStream: StreamConnectionDelegate {
    private let ended: AsyncStream<String>.Continuation

    init(_ ended: AsyncStream<String>.Continuation) { self.ended = ended }

    func opened(_ connection: StreamConnection) {
        connection.write(ByteBuffer(string: "data: hello\n\n"))
        connection.flush()
    }

    func writabilityChanged(_ connection: StreamConnection) {}

    func quiescing(_ connection: StreamConnection) { connection.write(ByteBuffer(string: ": goodbye\n\n")) }

    func closed(_ connection: StreamConnection) { ended.yield("stream") }
}
