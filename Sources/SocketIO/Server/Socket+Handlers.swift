import NIOCore
import Synchronization

/// What is to be done when the client sends something, or goes.
///
/// Handlers are registered in `onConnection`, before which none of the client's events is handled. They
/// are let go when the socket ends. Several for one event run one after the other; the first that
/// returns something gives the answer.
extension Socket {
    /// Handles an event; what the handler returns is the answer to a client that waits for one.
    ///
    /// ```swift
    /// socket.on("sum") { (a: Int, b: Int) in a + b }
    /// ```
    /// The event's arguments are decoded as the handler's parameters; further ones are ignored, and an
    /// optional parameter takes `null` and what was not sent. A handler that throws `AckError` answers
    /// with it, one that throws something else with the code `internal`, and arguments that it does not
    /// take with `bad-arguments`: always `{"error":{"code":…,"message":…}}`.
    public func on<each Argument: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable @concurrent (repeat each Argument) async throws -> Answer
    ) {
        add(event) { arguments in
            let values = try arguments.decode(as: (repeat (each Argument).self))
            return try EncodedArguments(try await handler(repeat each values))
        }
    }

    /// Handles an event; a client that waits for an answer gets one without arguments.
    public func on<each Argument: Decodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable @concurrent (repeat each Argument) async throws -> Void
    ) {
        add(event) { arguments in
            let values = try arguments.decode(as: (repeat (each Argument).self))
            try await handler(repeat each values)
            return nil
        }
    }

    /// Handles an event, whatever its arguments are.
    public func on(_ event: String, _ handler: @escaping @Sendable (Arguments) async throws -> Void) {
        add(event) { arguments in
            try await handler(arguments)
            return nil
        }
    }

    /// Handles an event, whatever its arguments are, and answers with any number of them.
    public func on(_ event: String, _ handler: @escaping @Sendable (Arguments) async throws -> Arguments) {
        add(event) { arguments in EncodedArguments(try await handler(arguments)) }
    }

    /// Handles the next event of this name, and no other.
    public func once<each Argument: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable @concurrent (repeat each Argument) async throws -> Answer
    ) {
        add(event, isOnce: true) { arguments in
            let values = try arguments.decode(as: (repeat (each Argument).self))
            return try EncodedArguments(try await handler(repeat each values))
        }
    }

    /// Handles the next event of this name, and no other.
    public func once<each Argument: Decodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable @concurrent (repeat each Argument) async throws -> Void
    ) {
        add(event, isOnce: true) { arguments in
            let values = try arguments.decode(as: (repeat (each Argument).self))
            try await handler(repeat each values)
            return nil
        }
    }

    /// No longer handles an event.
    public func off(_ event: String) {
        // Let go outside the lock: a `deinit` in a handler may ask for it.
        _ = state.withLock { $0.handlers.removeValue(forKey: event) }
    }

    /// Sees every event, before its handlers.
    public func onAny(_ handler: @escaping @Sendable (SocketEvent) async throws -> Void) {
        register { $0.catchAll.append(handler) }
    }

    /// No longer calls what ``onAny(_:)`` has registered.
    public func offAny() {
        _ = state.withLock { state in
            defer { state.catchAll = [] }
            return state.catchAll
        }
    }

    /// Looks at every event first; what it throws keeps the event from the handlers, and is answered as
    /// if a handler had thrown it.
    public func use(_ middleware: @escaping @Sendable (SocketEvent) async throws -> Void) {
        register { $0.middleware.append(middleware) }
    }

    /// Called when the socket has ended, while ``rooms`` still tells where it was.
    ///
    /// What the client sent before is handled first. It gets nothing any more.
    public func onDisconnecting(_ handler: @escaping @Sendable (DisconnectReason) async throws -> Void) {
        register { $0.onDisconnecting.append(handler) }
    }

    /// Called when the socket has ended.
    public func onDisconnect(_ handler: @escaping @Sendable (DisconnectReason) async throws -> Void) {
        register { $0.onDisconnect.append(handler) }
    }

    private func add(
        _ event: String, isOnce: Bool = false,
        _ run: @escaping @Sendable (Arguments) async throws -> EncodedArguments?
    ) {
        register { $0.handlers[event, default: []].append(EventHandler(run: run, isOnce: isOnce)) }
    }

    private func register(_ change: (inout SocketState) -> Void) {
        state.withLock { state in
            // A connection handler may still run when the socket ends, and counts on being told of that.
            // What is registered when nothing runs any more would never be let go.
            if state.phase != .ended || state.isWorking { change(&state) }
        }
    }
}

/// Thrown by a handler or by per-packet middleware to answer the client with an error.
///
/// A client that asked for an answer gets `{"error":{"code":…,"message":…}}` as its only argument. Any
/// other error that is thrown is answered with the code `internal` and no details.
public struct AckError: Error, Hashable, Sendable {
    /// For the client's program, such as `not-found`.
    public let code: String
    /// For people.
    public let message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static let `internal` = AckError(code: "internal", message: "the server could not handle this event")

    /// What a client is told of any error.
    static func telling(_ error: any Error) -> AckError {
        switch error {
        case let error as AckError: error
        case let error as ArgumentError where error.code == .missing || error.code == .mismatch:
            AckError(code: "bad-arguments", message: error.description)
        default: .internal
        }
    }

    var arguments: EncodedArguments {
        var json = ByteBuffer()
        json.writeString("{\"error\":{\"code\":")
        json.writeJSONString(code)
        json.writeString(",\"message\":")
        json.writeJSONString(message)
        json.writeString("}}")
        return EncodedArguments(items: json)
    }
}

/// A client's event, as per-packet middleware and catch-all handlers see it.
public struct SocketEvent: Sendable {
    /// The event's name.
    public let name: String
    /// What came behind the name.
    public let arguments: Arguments
    /// The id which the client wants acknowledged.
    package let id: UInt64?

    /// About what it takes while it waits to be handled.
    var byteCount: Int { arguments.byteCount }

    /// Whether the client waits for an answer.
    public var wantsAnswer: Bool { id != nil }
}

/// What is done for one kind of event.
struct EventHandler: Sendable {
    /// - Returns: the answer; nil where the handler gives none.
    /// - Throws: what the handler throws, `ArgumentError` for arguments that it does not take.
    let run: @Sendable (Arguments) async throws -> EncodedArguments?
    /// Whether it is let go when an event has come.
    var isOnce = false
}
