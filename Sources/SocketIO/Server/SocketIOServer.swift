import DequeModule
public import HummingbirdCore
public import Logging
package import NIOCore
package import NIOHTTP1
import Synchronization
package import WebSocket

/// A Socket.IO server: Engine.IO 4 and Socket.IO 5, over polling and WebSocket.
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
/// The server is also its own namespace `/`. All calls may be made from any task.
public final class SocketIOServer: Sendable {
    /// The options that the server was created with.
    public let options: SocketIOOptions
    let logger: Logger
    let dispatcher: OrderedDispatcher
    let handlerTasks = HandlerTaskCounter()
    let namespaces = NamespaceTable()
    private let engine: EngineServer
    private let backends = Mutex<[any NamespaceBackend]>([])
    private let ackID = Atomic<UInt64>(0)
    private let socketNumber = Atomic<UInt64>(0)
    private let isClosing = Atomic(false)

    /// Creates a server without handlers. It accepts clients when an HTTP server passes it requests: see
    /// `HTTPServerBuilder.socketIO(_:)`.
    ///
    /// - Parameters:
    ///   - options: times, limits and permissions. Options with which no server can work are a programming error.
    ///   - logger: gets the errors that handlers throw.
    public init(_ options: SocketIOOptions = SocketIOOptions(), logger: Logger = Logger(label: "SocketIO")) {
        self.options = options
        self.logger = logger
        dispatcher = OrderedDispatcher(options)
        let reference = ServerReference()
        engine = EngineServer(options) { connection in
            ClientConnection(connection, connection.request, server: reference.server)
        }
        reference.set(self)
        _ = namespaces.named("/")
    }

    /// The next ack id. All sockets share one sequence, so that a broadcast has the same id for every socket.
    func nextAckID() -> UInt64 { ackID.wrappingAdd(1, ordering: .relaxed).oldValue }

    func nextSocketNumber() -> UInt64 { socketNumber.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Decides how a request is handled; nil when its path does not belong to this server.
    ///
    /// For ``HTTPUpgradeChannel``. Call this on the channel's event loop.
    package func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> UpgradeDecision? {
        engine.decide(head, channel)
    }

    /// The number of clients that have a session now, whether they have joined a namespace or not.
    public var clientCount: Int { engine.sessionCount }

    // MARK: The end

    /// Closes all connections and accepts no new ones; returns when the disconnect handlers of all sockets have run.
    ///
    /// Waits at most ten seconds for handlers. Do not wait for this in a handler. A server that Hummingbird shuts down
    /// closes itself.
    public func close() async {
        isClosing.store(true, ordering: .relaxed)
        await engine.close()
        await handlerTasks.waitUntilIdle(atMost: .seconds(10))
        dispatcher.close()
        namespaces.removeAll()
    }

    /// The HTTP server is shutting down. Clients that have no open request at this moment are closed too.
    func isShuttingDown() {
        guard !isClosing.exchange(true, ordering: .relaxed) else { return }
        Task { await self.close() }
    }

    // MARK: Backends

    /// Installs a backend for all namespaces that it accepts. If several accept a namespace, the first one gets it.
    package func install(backend: any NamespaceBackend) {
        backends.withLock { $0.append(backend) }
    }

    func backend(for namespace: String) -> (any NamespaceBackend)? {
        backends.withLock { $0 }.first { $0.accepts(namespace) }
    }
}

/// A server's reference for the closure that it creates before its own initializer has finished.
///
/// `@unchecked Sendable`: set once, before the first read.
private final class ServerReference: @unchecked Sendable {
    private unowned var target: SocketIOServer?

    func set(_ server: SocketIOServer) { target = server }

    /// The engine belongs to the server, and the engine's sessions hold both.
    var server: SocketIOServer {
        guard let target else { preconditionFailure("a session has outlived its server") }
        return target
    }
}

/// Counts the sockets whose task is running.
final class HandlerTaskCounter: Sendable {
    private struct State {
        var count = 0
        var waiting: [CheckedContinuation<Void, Never>] = []

        mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
            defer { waiting = [] }
            return waiting
        }
    }

    private let state = Mutex(State())

    func begin() { state.withLock { $0.count += 1 } }

    func end() {
        let waiting = state.withLock { state in
            state.count -= 1
            return state.count == 0 ? state.takeWaiting() : []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when no task is running, at the latest after `limit`.
    func waitUntilIdle(atMost limit: Duration) async {
        let timer = Task {
            try? await Task.sleep(for: limit)
            for continuation in state.withLock({ $0.takeWaiting() }) { continuation.resume() }
        }
        defer { timer.cancel() }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.count > 0 { state.waiting.append(continuation) }
                return state.count == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}

// MARK: - Hummingbird

extension HTTPServerBuilder {
    /// An HTTP/1.1 server that passes requests below the options' path to Socket.IO, and all others to the router.
    public static func socketIO(_ io: SocketIOServer) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            HTTPUpgradeChannel(responder: responder) { head, channel in io.decide(head, channel) ?? .http }
        }
    }
}

// MARK: - Namespaces

extension SocketIOServer: ConnectionTarget, BroadcastTarget {
    /// The middleware and connection handlers of `/`.
    public var connections: NamespaceHandlers { of("/").handlers }

    /// All sockets of `/`.
    public var everyone: BroadcastOperator { BroadcastOperator(self, RecipientFilter(namespace: "/")) }

    /// Returns the namespace with this name; creates it at the first call.
    ///
    /// If the name matches a pattern, this is the namespace that clients join under the name.
    ///
    /// - Parameter name: with or without its slash; without commas, at most 255 bytes of UTF-8.
    public func of(_ name: String) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        let maximum = PacketLimits().maximumNamespaceBytes
        precondition(
            !name.contains(",") && name.utf8.count <= maximum,
            "the namespace \(name) contains a comma or has more than \(maximum) bytes")
        return Namespace(name, of: self, handlers: namespaces.named(name))
    }

    /// Creates namespaces for all names that a function accepts.
    ///
    /// - Parameter matches: gets the name with its slash. It runs on event loops and must not block. It is not called
    ///   for a namespace that was created with ``of(_:)`` before.
    public func of(matching matches: @escaping @Sendable (String) -> Bool) -> DynamicNamespaces {
        let dynamic = DynamicNamespaces(matches: matches)
        namespaces.add(dynamic)
        return dynamic
    }

    /// Creates namespaces for all names that match a regular expression as a whole.
    ///
    /// - Parameter pattern: matches the name with its slash.
    public func of<Output>(matching pattern: sending Regex<Output>) -> DynamicNamespaces {
        let pattern = NamePattern(pattern)
        return of(matching: { pattern.matches($0) })
    }
}

/// A regular expression that several event loops use, one after the other.
private final class NamePattern<Output>: Sendable {
    private let regex: Mutex<Regex<Output>>

    init(_ regex: sending Regex<Output>) { self.regex = Mutex(regex) }

    func matches(_ name: String) -> Bool {
        regex.withLock { (try? $0.wholeMatch(in: name)) != nil }
    }
}

// MARK: - Packets

extension SocketIOServer {
    /// The packet of an event to emit; nil if the event cannot be sent, which is logged.
    func packet(
        _ event: String, namespace: String, _ arguments: () throws(ArgumentError) -> EncodedArguments
    ) -> OutgoingPacket? {
        do throws(ArgumentError) {
            guard !ReservedName.contains(event) else {
                throw ArgumentError(.notEncodable, at: 0, "the name is reserved for the library")
            }
            return .event(event, try arguments(), namespace: namespace)
        } catch {
            logger.error("did not emit an event", metadata: ["event": "\(event)", "error": "\(error)"])
            return nil
        }
    }

    /// The packet that refuses a client's CONNECT because of an error of the middleware or the backend.
    func refusal(_ error: any Error, namespace: String) -> OutgoingPacket {
        let answer = AckError.forClient(error)
        if answer != .internal, let error = error as? ArgumentError {
            // The client's mistake: middleware has decoded its `auth`.
            logger.debug(
                "refused a client because of its auth object",
                metadata: ["namespace": "\(namespace)", "error": "\(error)"])
            return .connectError(
                "invalid auth: \(error.message)", data: json(["code": answer.code]), namespace: namespace)
        }
        guard let refused = error as? ConnectionRefused else {
            logger.error(
                "refused a client because of an error", metadata: ["namespace": "\(namespace)", "error": "\(error)"])
            return .connectError("internal", namespace: namespace)
        }
        return .connectError(refused.message, data: refused.data.flatMap { json($0) }, namespace: namespace)
    }

    private func json(_ value: some Encodable) -> [UInt8]? {
        // CONNECT_ERROR cannot have attachments.
        guard let encoded = try? EncodedArguments(value, maximumAttachments: 0) else { return nil }
        return Array(encoded.items.readableBytesView)
    }
}
