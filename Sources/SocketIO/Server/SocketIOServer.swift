import DequeModule
public import HummingbirdCore
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
    /// For ``TakeoverChannel``, on the channel's event loop.
    package func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> Takeover? {
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

extension HTTPServerBuilder {
    /// An HTTP/1.1 server whose requests below the options' path are Socket.IO's; the router gets the others.
    public static func socketIO(_ io: SocketIOServer) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            TakeoverChannel(responder: responder) { head, channel in io.decide(head, channel) ?? .http }
        }
    }
}

extension SocketIOServer: ConnectionTarget, BroadcastTarget {
    /// What is registered for `/`.
    public var connections: NamespaceHandlers { of("/").handlers }

    /// The sockets of `/`.
    public var everyone: BroadcastOperator { BroadcastOperator(self, Audience(namespace: "/")) }

    /// The namespace of this name, made where it is new.
    ///
    /// A name that fits a pattern means the namespace which clients get under it.
    ///
    /// - Parameter name: with or without its slash; without commas, at most 255 bytes.
    public func of(_ name: String) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        precondition(
            !name.contains(",") && name.utf8.count <= PacketLimits().maximumNamespaceBytes,
            "\(name) cannot be a namespace")
        return Namespace(name, of: self, handlers: namespaces.named(name))
    }

    /// All namespaces whose names, with the slash, `matches` takes.
    ///
    /// - Parameter matches: asked on event loops, where it must not block. A namespace that was made with
    ///   `of(_:)` before is not asked about.
    public func of(matching matches: @escaping @Sendable (String) -> Bool) -> DynamicNamespaces {
        let dynamic = DynamicNamespaces(matches: matches)
        namespaces.add(dynamic)
        return dynamic
    }

    /// All namespaces whose names, with the slash, are of this form as a whole.
    public func of<Output>(matching form: sending Regex<Output>) -> DynamicNamespaces {
        let form = Form(form)
        return of(matching: { form.matches($0) })
    }
}

/// A regular expression, which one name after the other is matched with.
private final class Form<Output>: Sendable {
    private let regex: Mutex<Regex<Output>>

    init(_ regex: sending Regex<Output>) { self.regex = Mutex(regex) }

    func matches(_ name: String) -> Bool {
        regex.withLock { (try? $0.wholeMatch(in: name)) != nil }
    }
}

/// What the library's calls and failures are on the wire.
extension SocketIOServer {
    /// An event to emit; nil, and an error in the log, where it cannot be.
    func packet(
        _ event: String, namespace: String, _ arguments: () throws(ArgumentError) -> EncodedArguments
    ) -> OutgoingPacket? {
        do throws(ArgumentError) {
            guard !ReservedName.contains(event) else {
                throw ArgumentError(.notEncodable, at: 0, "the name is reserved for the library")
            }
            return .event(event, try arguments(), namespace: namespace)
        } catch {
            logger.error("an event was not emitted", metadata: ["event": "\(event)", "error": "\(error)"])
            return nil
        }
    }

    /// How a client is told that it may not join.
    func refusal(_ error: any Error, namespace: String) -> OutgoingPacket {
        let told = AckError.telling(error)
        if told != .internal, let error = error as? ArgumentError {
            // The client's mistake: middleware that asked for its `auth`.
            logger.debug("refused a client for its auth", metadata: ["namespace": "\(namespace)", "error": "\(error)"])
            return .connectError(
                "invalid auth: \(error.message)", data: json(["code": told.code]), namespace: namespace)
        }
        guard let refused = error as? ConnectionRefused else {
            logger.error(
                "could not decide about a client", metadata: ["namespace": "\(namespace)", "error": "\(error)"])
            return .connectError("internal", namespace: namespace)
        }
        return .connectError(refused.message, data: refused.data.flatMap { json($0) }, namespace: namespace)
    }

    private func json(_ value: some Encodable) -> [UInt8]? {
        // A refusal has no attachments.
        guard let encoded = try? EncodedArguments(value, maximumAttachments: 0) else { return nil }
        return Array(encoded.items.readableBytesView)
    }
}

/// How many sockets have a task under way.
final class ActivityCounter: Sendable {
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

    /// Returns when no task is under way, at the latest after `limit`.
    func idle(atMost limit: Duration) async {
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
