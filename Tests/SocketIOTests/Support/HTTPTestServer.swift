import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
@testable import SocketIO
import Synchronization
@testable import WebSocket

/// An HTTP server on a port of its own, for one test.
///
/// Requests that are not taken over are answered by the router: 404, body `router`.
struct HTTPTestServer {
    let port: Int
    private let connections: OpenConnections

    /// Runs a server until `body` has returned.
    ///
    /// - Parameters:
    ///   - loops: the number of event loops, to which connections are assigned in turn.
    ///   - decide: decides how a request is handled.
    ///   - close: closes the sessions; called after `body`, unless `body` has thrown.
    static func run(
        loops: Int, decide: @escaping @Sendable (HTTPRequestHead, any Channel) -> UpgradeDecision?,
        close: () async -> Void, _ body: (HTTPTestServer) async throws -> Void
    ) async throws {
        let connections = OpenConnections()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let takeover = HTTPUpgradeChannel(responder: respond) { head, channel in decide(head, channel) ?? .http }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0) { channel in
                connections.add(channel)
                return takeover.setup(channel: channel, logger: logger)
            }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await server.executeThenClose { inbound in
                    try await withThrowingDiscardingTaskGroup { tasks in
                        for try await connection in inbound {
                            tasks.addTask { await takeover.handle(value: connection, logger: logger) }
                        }
                    }
                }
            }
            // After a failure too: the group waits for its connections.
            defer {
                tasks.cancelAll()
                connections.closeAll()
            }
            try await body(
                HTTPTestServer(port: server.channel.localAddress?.port ?? 0, connections: connections))
            await close()
        }
        try await group.shutdownGracefully()
    }

    private static let respond: HTTPChannelHandler.Responder = { _, writer, _ in
        var body = try await writer.writeHead(HTTPResponse(status: .notFound, headerFields: [.contentLength: "6"]))
        try await body.write(ByteBuffer(string: "router"))
        try await body.finish(nil)
    }

    /// Does to each connection what a graceful shutdown of the server does.
    func quiesce() { connections.quiesce() }
}

/// The connections of a server, to shut them down as Hummingbird's server does.
private final class OpenConnections: Sendable {
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

/// Records what happens on a server, in order, for the test to read.
final class EventRecorder: Sendable {
    private let events: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (events, continuation) = AsyncStream.makeStream() }

    func add(_ event: String) { continuation.yield(event) }

    /// Waits for the next event.
    func next() async -> String? {
        for await event in events { return event }
        return nil
    }
}
