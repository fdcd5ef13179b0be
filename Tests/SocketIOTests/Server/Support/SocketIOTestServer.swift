import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
@testable import SocketIO
@testable import WebSocket
import TestSupport

/// A Socket.IO server on a port of its own.
struct SocketIOTestServer {
    let port: Int
    let io: SocketIOServer
    private let children: EngineTestChildren

    /// - Parameters:
    ///   - loops: event loops; connections are dealt out to them in turn.
    ///   - prepare: registers what the test needs.
    static func run(
        _ options: SocketIOOptions = SocketIOOptions(), loops: Int = 1, prepare: (SocketIOServer) -> Void = { _ in },
        _ body: (SocketIOTestServer) async throws -> Void
    ) async throws {
        // What handlers throw on purpose is not to be read.
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let io = SocketIOServer(options, logger: logger)
        prepare(io)
        let children = EngineTestChildren()
        let upgradeChannel = HTTPUpgradeChannel(responder: respond) { head, channel in io.decide(head, channel) ?? .http
        }
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
            // After a failure too: the group waits for its connections.
            defer {
                tasks.cancelAll()
                children.closeAll()
            }
            try await body(
                SocketIOTestServer(port: server.channel.localAddress?.port ?? 0, io: io, children: children))
            await io.close()
        }
        try await group.shutdownGracefully()
    }

    private static let respond: HTTPChannelHandler.Responder = { _, writer, _ in
        let body = try await writer.writeHead(HTTPResponse(status: .notFound, headerFields: [.contentLength: "0"]))
        try await body.finish(nil)
    }

    /// What a graceful shutdown of the server does to each connection.
    func quiesce() { children.quiesce() }

    /// A client over WebSocket that has joined a namespace.
    func client(_ namespace: String = "/", auth: String = "") async throws -> SocketIOTestClient {
        let client = try await bareClient()
        try await client.join(namespace, auth: auth)
        return client
    }

    /// A client over WebSocket that has joined nothing.
    func bareClient() async throws -> SocketIOTestClient {
        let wire = try await WireClient.connect(to: port)
        _ = try await wire.openWebSocket("/socket.io/?EIO=4&transport=websocket")
        _ = try await wire.frame()
        return SocketIOTestClient(wire)
    }
}

/// A client that knows only packets.
struct SocketIOTestClient {
    let wire: WireClient

    init(_ wire: WireClient) { self.wire = wire }

    /// Sends a Socket.IO packet, without Engine.IO's type.
    func send(_ packet: String) async throws { try await wire.sendText("4" + packet) }

    /// The next packet, without Engine.IO's type; what else there is in words.
    func next() async throws -> String {
        switch try await wire.frame() {
        case .text(let text) where text.hasPrefix("4"): String(text.dropFirst())
        case .text(let text): "engine \(text)"
        case .binary(let bytes): "binary \(bytes)"
        case .close, .end: "end"
        case .other(let type): "frame \(type)"
        }
    }

    /// Joins a namespace and answers the socket's id, or the refusal.
    @discardableResult
    func join(_ namespace: String = "/", auth: String = "") async throws -> String {
        let prefix = namespace == "/" ? "" : namespace + ","
        try await send("0" + prefix + auth)
        let answer = try await next()
        let start = "0" + prefix + #"{"sid":""#
        return answer.hasPrefix(start) ? String(answer.dropFirst(start.count).prefix { $0 != "\"" }) : answer
    }

    /// Sends a packet and answers the next one that comes.
    func ask(_ packet: String) async throws -> String {
        try await send(packet)
        return try await next()
    }
}
