import NIOCore
import Logging
@testable import SocketIO

/// A Socket.IO server for one test.
struct SocketIOTestServer {
    let io: SocketIOServer
    private let server: HTTPTestServer

    var port: Int { server.port }

    /// - Parameters:
    ///   - loops: the number of event loops, to which connections are assigned in turn.
    ///   - prepare: registers the handlers that the test needs.
    static func run(
        _ options: SocketIOOptions = SocketIOOptions(), loops: Int = 1, prepare: (SocketIOServer) -> Void = { _ in },
        _ body: (SocketIOTestServer) async throws -> Void
    ) async throws {
        // Handlers throw errors on purpose, which should not appear in the output.
        let io = SocketIOServer(options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        prepare(io)
        try await HTTPTestServer.run(
            loops: loops, decide: { head, channel in io.decide(head, channel) }, close: { await io.close() }
        ) { server in try await body(SocketIOTestServer(io: io, server: server)) }
    }

    /// Does to each connection what a graceful shutdown of the server does.
    func quiesce() { server.quiesce() }

    /// A client over WebSocket that has joined a namespace.
    func client(_ namespace: String = "/", auth: String = "") async throws -> SocketIOTestClient {
        let client = try await bareClient()
        try await client.join(namespace, auth: auth)
        return client
    }

    /// A client over WebSocket that has not joined a namespace.
    func bareClient() async throws -> SocketIOTestClient {
        let wire = try await WireClient.connect(to: port)
        _ = try await wire.openWebSocket("/socket.io/?EIO=4&transport=websocket")
        _ = try await wire.frame()
        return SocketIOTestClient(wire)
    }
}

/// A client that sends and receives single packets.
struct SocketIOTestClient {
    let wire: WireClient

    init(_ wire: WireClient) { self.wire = wire }

    /// Sends a Socket.IO packet, without Engine.IO's type.
    func send(_ packet: String) async throws { try await wire.sendText("4" + packet) }

    /// The next packet, without Engine.IO's type; a description of anything else.
    func next() async throws -> String {
        switch try await wire.frame() {
        case .text(let text) where text.hasPrefix("4"): String(text.dropFirst())
        case .text(let text): "engine \(text)"
        case .binary(let bytes): "binary \(bytes)"
        case .close, .end: "end"
        case .other(let type): "frame \(type)"
        }
    }

    /// Joins a namespace and returns the socket's id, or the refusal.
    @discardableResult
    func join(_ namespace: String = "/", auth: String = "") async throws -> String {
        let prefix = namespace == "/" ? "" : namespace + ","
        try await send("0" + prefix + auth)
        let answer = try await next()
        let start = "0" + prefix + #"{"sid":""#
        return answer.hasPrefix(start) ? String(answer.dropFirst(start.count).prefix { $0 != "\"" }) : answer
    }

    /// Sends a packet and returns the next one that comes.
    func ask(_ packet: String) async throws -> String {
        try await send(packet)
        return try await next()
    }
}
