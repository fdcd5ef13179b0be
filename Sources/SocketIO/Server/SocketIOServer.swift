public import Logging
package import NIOCore
package import NIOHTTP1
import Synchronization
package import WebSocket

/// A Socket.IO server: Engine.IO 4, Socket.IO 5, over polling and WebSocket.
///
/// ```swift
/// let io = SocketIOServer()
/// io.onConnection { socket in
///     socket.join("lobby")
///     socket.on("sum") { (a: Int, b: Int) in a + b }
///     socket.on("news") { (text: String) in io.to("lobby").emit("news", text) }
/// }
/// let app = Application(router: router, server: .socketIO(io))
/// ```
/// The server is also its own namespace `/`.
public final class SocketIOServer: Sendable {
    /// How the server behaves.
    public let options: SocketIOOptions
    let logger: Logger
    let switchboard: Switchboard
    let activity = ActivityCounter()
    let namespaces = NamespaceTable()
    private let engine: EngineServer
    private let backends = Mutex<[any NamespaceBackend]>([])
    private let ackID = Atomic<UInt64>(0)
    private let socketNumber = Atomic<UInt64>(0)
    private let isClosing = Atomic(false)

    /// - Parameters:
    ///   - options: how it behaves.
    ///   - logger: told of what handlers throw.
    public init(_ options: SocketIOOptions = SocketIOOptions(), logger: Logger = Logger(label: "SocketIO")) {
        self.options = options
        self.logger = logger
        switchboard = Switchboard(options)
        let reference = ServerReference()
        engine = EngineServer(options) { connection in
            ClientConnection(connection, connection.request, server: reference.server)
        }
        reference.set(self)
        _ = namespaces.named("/")
    }

    /// The next id that a client answers with: one sequence for all, so that a broadcast has the same id for
    /// every socket.
    func nextAckID() -> UInt64 { ackID.wrappingAdd(1, ordering: .relaxed).oldValue }

    func nextSocketNumber() -> UInt64 { socketNumber.wrappingAdd(1, ordering: .relaxed).oldValue }

    // MARK: HTTP

    /// What becomes of a request; nil when its path is not this server's.
    ///
    /// For ``HTTPUpgradeChannel``, on the channel's event loop.
    package func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> UpgradeDecision? {
        engine.decide(head, channel)
    }

    /// How many clients there are now, sockets or none.
    public var clientCount: Int { engine.sessionCount }

    // MARK: The end

    /// Closes all connections and lets none begin; returns when every socket's handlers have been told.
    ///
    /// Handlers that take longer than ten seconds are not waited for; a handler itself should not wait for
    /// this. A server that Hummingbird shuts down closes itself.
    public func close() async {
        isClosing.store(true, ordering: .relaxed)
        await engine.close()
        await activity.idle(atMost: .seconds(10))
        switchboard.close()
        namespaces.forget()
    }

    /// The HTTP server is about to stop: clients that happen to have no request under way are closed too.
    func isShuttingDown() {
        guard !isClosing.exchange(true, ordering: .relaxed) else { return }
        Task { await self.close() }
    }

    // MARK: Backends

    /// Puts something behind all namespaces that it accepts. Of several, the first that accepts has it.
    package func install(backend: any NamespaceBackend) {
        backends.withLock { $0.append(backend) }
    }

    func backend(for namespace: String) -> (any NamespaceBackend)? {
        backends.withLock { $0 }.first { $0.accepts(namespace) }
    }
}

/// A server for those whom it has made.
private final class ServerReference: @unchecked Sendable {  // set once, before anybody reads it
    private unowned var target: SocketIOServer?

    func set(_ server: SocketIOServer) { target = server }

    /// The engine lives in the server, and its sessions hold both.
    var server: SocketIOServer {
        guard let target else { preconditionFailure("a session of a server that is not there") }
        return target
    }
}
