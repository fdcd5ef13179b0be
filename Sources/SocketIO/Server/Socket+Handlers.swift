import JSON
import NIOCore
import Synchronization

/// Handlers for the client's events and for the end of the socket.
///
/// Register handlers in `onConnection`: none of the client's events is handled before it returns. Handlers are released
/// when the socket ends. Several handlers of one event run one after the other; the first that returns a value gives
/// the acknowledgement.
extension Socket {
    /// Handles an event; the value that the handler returns is the acknowledgement, if the client wants one.
    ///
    /// ```swift
    /// socket.on("sum") { (a: Int, b: Int) in a + b }
    /// ```
    /// The event's arguments are decoded as the handler's parameters. Further arguments are ignored, and an optional
    /// parameter accepts `null` and a missing argument. An ``AckError`` that the handler throws is sent to the client;
    /// for any other error the code is `internal`, and for arguments that cannot be decoded `bad-arguments`. The form is
    /// always `{"error":{"code":…,"message":…}}`.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs in a task of the socket, not on an event loop.
    public func on<each Argument: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable @concurrent (repeat each Argument) async throws -> Answer
    ) {
        add(event) { arguments in
            let values = try arguments.decode(as: (repeat (each Argument).self))
            return try EncodedArguments(try await handler(repeat each values))
        }
    }

    /// Handles an event; a client that wants an acknowledgement gets one without arguments.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs in a task of the socket, not on an event loop.
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

    /// Handles an event with any arguments; a client that wants an acknowledgement gets one without arguments.
    public func on(_ event: String, _ handler: @escaping @Sendable (Arguments) async throws -> Void) {
        add(event) { arguments in
            try await handler(arguments)
            return nil
        }
    }

    /// Handles an event with any arguments; the returned arguments are the acknowledgement.
    public func on(_ event: String, _ handler: @escaping @Sendable (Arguments) async throws -> Arguments) {
        add(event) { arguments in EncodedArguments(try await handler(arguments)) }
    }

    /// Handles the next event of this name only; the value that the handler returns is the acknowledgement.
    public func once<each Argument: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable @concurrent (repeat each Argument) async throws -> Answer
    ) {
        add(event, isOnce: true) { arguments in
            let values = try arguments.decode(as: (repeat (each Argument).self))
            return try EncodedArguments(try await handler(repeat each values))
        }
    }

    /// Handles the next event of this name only; the acknowledgement has no arguments.
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

    /// Removes all handlers of an event.
    public func off(_ event: String) {
        // Released outside the lock: a `deinit` in a handler may use the socket.
        _ = state.withLock { $0.handlers.removeValue(forKey: ExactText(event)) }
    }

    /// Adds a handler that is called for every event, before the handlers of that event.
    public func onAny(_ handler: @escaping @Sendable (SocketEvent) async throws -> Void) {
        register { $0.catchAll.append(handler) }
    }

    /// Removes all handlers that ``onAny(_:)`` has added.
    public func offAny() {
        _ = state.withLock { state in
            defer { state.catchAll = [] }
            return state.catchAll
        }
    }

    /// Adds middleware that is called for every event, before all handlers.
    ///
    /// If the middleware throws, the event is not handled, and the error is answered like that of a handler.
    public func use(_ middleware: @escaping @Sendable (SocketEvent) async throws -> Void) {
        register { $0.middleware.append(middleware) }
    }

    /// Adds a handler that is called when the socket has ended, while ``rooms`` still has the socket's rooms.
    ///
    /// Events that the client sent before are handled first. Nothing can be sent to the client any more.
    public func onDisconnecting(_ handler: @escaping @Sendable (DisconnectReason) async throws -> Void) {
        register { $0.onDisconnecting.append(handler) }
    }

    /// Adds a handler that is called when the socket has ended, after those of ``onDisconnecting(_:)``.
    public func onDisconnect(_ handler: @escaping @Sendable (DisconnectReason) async throws -> Void) {
        register { $0.onDisconnect.append(handler) }
    }

    private func add(
        _ event: String, isOnce: Bool = false,
        _ run: @escaping @Sendable (Arguments) async throws -> EncodedArguments?
    ) {
        register { $0.handlers[ExactText(event), default: []].append(EventHandler(run: run, isOnce: isOnce)) }
    }

    private func register(_ change: (inout SocketState) -> Void) {
        state.withLock { state in
            // A connection handler may still be running when the socket ends, and its disconnect handlers have to be
            // called. After that, nothing would ever release a handler.
            if state.phase != .ended || state.isWorking { change(&state) }
        }
    }
}

/// A handler of one event.
struct EventHandler: Sendable {
    /// - Returns: the acknowledgement; nil if the handler has none.
    /// - Throws: the handler's error, or `ArgumentError` for arguments that cannot be decoded.
    let run: @Sendable (Arguments) async throws -> EncodedArguments?
    /// Whether the handler is removed after one event.
    var isOnce = false
}

/// A client's event, as middleware and catch-all handlers get it.
public struct SocketEvent: Sendable {
    /// The event's name.
    public let name: String
    /// The arguments after the name.
    public let arguments: Arguments
    /// The ack id; nil if the client wants no acknowledgement.
    package let id: UInt64?

    /// The approximate memory that the event takes while it waits.
    var byteCount: Int { arguments.byteCount }

    /// Whether the client wants an acknowledgement.
    public var wantsAck: Bool { id != nil }
}

/// Thrown by a handler or by event middleware to answer the client with an error.
///
/// A client that wants an acknowledgement gets `{"error":{"code":…,"message":…}}` as its only argument. For any
/// other error that is thrown, the client gets the code `internal` and no details.
public struct AckError: Error, Hashable, Sendable {
    /// The code for the client's program, such as `not-found`.
    public let code: String
    /// The message for people.
    public let message: String

    /// Creates an error for the client.
    ///
    /// - Parameters:
    ///   - code: for the client's program, such as `not-found`.
    ///   - message: for people.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static let `internal` = AckError(code: "internal", message: "the server could not handle this event")

    /// The error that a client gets for an error of a handler or middleware.
    static func forClient(_ error: any Error) -> AckError {
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
