import NIOCore
import Synchronization

// MARK: - To this client

extension Socket {
    /// Emits an event to this client.
    ///
    /// An event whose arguments cannot be written as JSON, or whose name is reserved, is not sent; an error is logged.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments; each `Data` in them is sent as a binary attachment.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        emit(event, isVolatile: false) { () throws(ArgumentError) in
            try EncodedArguments(repeat each arguments, maximumAttachments: namespace.server.options.maximumAttachments)
        }
    }

    /// Emits an event with the arguments of another one, which are not decoded.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments, as they were received.
    public func emit(_ event: String, arguments: Arguments) {
        emit(event, isVolatile: false) { () throws(ArgumentError) in EncodedArguments(arguments) }
    }

    /// The same socket; events are dropped when the client is not writable at that moment.
    public var volatile: VolatileSocket { VolatileSocket(socket: self) }

    fileprivate func emit(
        _ event: String, isVolatile: Bool, _ arguments: () throws(ArgumentError) -> EncodedArguments
    ) {
        guard let packet = namespace.server.packet(event, namespace: namespace.name, arguments) else { return }
        enqueue(.emit(self, packet, isVolatile: isVolatile))
    }
}

/// A socket for events that a client may miss, such as the position of a pointer.
public struct VolatileSocket: Sendable {
    fileprivate let socket: Socket

    /// Emits an event to this client, unless the client is not writable at that moment.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments; each `Data` in them is sent as a binary attachment.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        socket.emit(event, isVolatile: true) { () throws(ArgumentError) in
            try EncodedArguments(
                repeat each arguments, maximumAttachments: socket.namespace.server.options.maximumAttachments)
        }
    }
}

// MARK: - To the other clients

extension Socket {
    /// All other sockets of the namespace.
    public var broadcast: BroadcastOperator {
        BroadcastOperator(namespace.server, RecipientFilter(namespace: namespace.name, sender: self))
    }

    /// All other sockets that are in any of these rooms.
    public func to(_ rooms: String...) -> BroadcastOperator { broadcast.limited(to: rooms) }

    /// All other sockets that are in any of these rooms.
    public func `in`(_ rooms: String...) -> BroadcastOperator { broadcast.limited(to: rooms) }

    /// All other sockets that are in none of these rooms.
    public func except(_ rooms: String...) -> BroadcastOperator { broadcast.excluding(rooms) }
}

// MARK: - With an acknowledgement

extension Socket {
    /// Emits an event and returns the first argument of the client's acknowledgement.
    ///
    /// ```swift
    /// let price: Int = try await socket.emitWithAck("price", product, timeout: .seconds(5))
    /// ```
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments; each `Data` in them is sent as a binary attachment.
    ///   - type: the type of the answer.
    ///   - timeout: the time in which the client has to answer.
    /// - Throws: ``AckFailure`` when no answer comes; ``ArgumentError`` when an argument cannot be written as JSON or
    ///   the answer has another type; `CancellationError`.
    public func emitWithAck<each Argument: Encodable, Value: Decodable & Sendable>(
        _ event: String, _ arguments: repeat each Argument, as type: Value.Type = Value.self,
        timeout: Duration = .seconds(10)
    ) async throws -> Value {
        let arguments = try EncodedArguments(
            repeat each arguments, maximumAttachments: namespace.server.options.maximumAttachments)
        return try await ask(event, arguments, timeout).decode(type, at: 0)
    }

    /// Emits an event and returns all arguments of the client's acknowledgement.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments; each `Data` in them is sent as a binary attachment.
    ///   - timeout: the time in which the client has to answer.
    /// - Throws: ``AckFailure`` when no answer comes; ``ArgumentError`` when an argument cannot be written as JSON;
    ///   `CancellationError`.
    public func emitWithAck<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, timeout: Duration = .seconds(10)
    ) async throws -> Arguments {
        let arguments = try EncodedArguments(
            repeat each arguments, maximumAttachments: namespace.server.options.maximumAttachments)
        return try await ask(event, arguments, timeout)
    }

    private func ask(_ event: String, _ arguments: EncodedArguments, _ timeout: Duration) async throws -> Arguments {
        guard !ReservedName.contains(event) else { throw AckFailure.reservedName }
        let id = namespace.server.nextAckID()
        let packet = OutgoingPacket.event(event, arguments, namespace: namespace.name, id: id)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let timer = loop.scheduleTask(in: TimeAmount(timeout)) { self.failAck(id, AckFailure.timedOut) }
                if let failure = add(id, .call(continuation, timer)) {
                    timer.cancel()
                    return continuation.resume(throwing: failure)
                }
                // `onCancel` may have run before the acknowledgement was added.
                if Task.isCancelled { return failAck(id, CancellationError()) }
                enqueue(.emit(self, packet, isVolatile: false))
            }
        } onCancel: {
            failAck(id, CancellationError())
        }
    }

    private func add(_ id: UInt64, _ ack: PendingAck) -> AckFailure? {
        state.withLock { state in
            guard state.phase == .connected else { return .disconnected }
            guard state.acks.count < Self.maximumAcks else { return .tooManyWaiting }
            state.acks[id] = ack
            return nil
        }
    }

    /// - Returns: whether the socket is connected and may owe one more acknowledgement.
    func expectAck(_ id: UInt64, _ ack: PendingAck) -> Bool { add(id, ack) == nil }

    func removeAck(_ id: UInt64) {
        state.withLock { $0.acks[id] = nil }
    }

    /// Whether a caller waits for the acknowledgement with this id.
    func takesAttachments(ofAck id: UInt64) -> Bool { state.withLock { $0.acks[id] != nil } }

    /// The client has acknowledged an event. An acknowledgement that no caller waits for is ignored.
    func acknowledged(_ id: UInt64, _ arguments: Arguments) {
        let ack = state.withLock { $0.acks.removeValue(forKey: id) }
        ack?.answer(arguments, from: self)
    }

    private func failAck(_ id: UInt64, _ error: any Error) {
        let ack = state.withLock { $0.acks.removeValue(forKey: id) }
        ack?.fail(error, self)
    }
}

/// The reason why a client did not acknowledge an event.
///
/// A struct, because later versions may add reasons. Catch a single one with `catch AckFailure.timedOut`.
public struct AckFailure: Error, Hashable, Sendable, CustomStringConvertible {
    private let text: String

    /// The client did not answer in time.
    public static let timedOut = Self(text: "the client did not answer in time")
    /// The socket was disconnected before it answered, or was not connected when the event was emitted.
    public static let disconnected = Self(text: "the socket is disconnected")
    /// The socket already owes ``Socket/maximumAcks`` acknowledgements.
    public static let tooManyWaiting = Self(text: "the socket already owes \(Socket.maximumAcks) acknowledgements")
    /// The event's name is reserved for the library.
    public static let reservedName = Self(text: "the event's name is reserved for the library")

    /// The reason in words.
    public var description: String { text }

    /// Makes `catch AckFailure.timedOut` match an error of this kind.
    public static func ~= (failure: AckFailure, error: any Error) -> Bool { error as? AckFailure == failure }
}
