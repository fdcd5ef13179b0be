import NIOCore
import Synchronization

/// What is sent to this client, and to the others.
extension Socket {
    /// Emits an event to this client.
    ///
    /// What cannot be written as JSON, and an event of a reserved name, is not sent: an error is logged.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        post(event, isVolatile: false) { () throws(ArgumentError) in
            try EncodedArguments(repeat each arguments, maximumAttachments: namespace.server.options.maximumAttachments)
        }
    }

    /// Emits an event with the arguments of another.
    public func emit(_ event: String, arguments: Arguments) {
        post(event, isVolatile: false) { () throws(ArgumentError) in EncodedArguments(arguments) }
    }

    /// Drops what is emitted when the client does not take it at once.
    public var volatile: VolatileSocket { VolatileSocket(socket: self) }

    /// All others of the namespace.
    public var broadcast: BroadcastOperator {
        BroadcastOperator(namespace.server, Audience(namespace: namespace.name, sender: self))
    }

    /// All others that are in one of these rooms.
    public func to(_ rooms: String...) -> BroadcastOperator { broadcast.joined(rooms) }

    /// All others that are in one of these rooms.
    public func `in`(_ rooms: String...) -> BroadcastOperator { broadcast.joined(rooms) }

    /// All others that are in none of these rooms.
    public func except(_ rooms: String...) -> BroadcastOperator {
        var chosen = broadcast
        chosen.audience.excludedRooms += rooms
        return chosen
    }

    fileprivate func post(
        _ event: String, isVolatile: Bool, _ arguments: () throws(ArgumentError) -> EncodedArguments
    ) {
        let server = namespace.server
        guard let packet = server.packet(event, namespace: namespace.name, arguments) else { return }
        server.switchboard.post(.emit(self, packet, isVolatile: isVolatile), to: seat)
    }
}

/// A socket for whatever a client may miss, such as the place of a pointer.
public struct VolatileSocket: Sendable {
    let socket: Socket

    /// Emits an event to this client, unless it does not take it at once.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        socket.post(event, isVolatile: true) { () throws(ArgumentError) in
            try EncodedArguments(
                repeat each arguments, maximumAttachments: socket.namespace.server.options.maximumAttachments)
        }
    }
}

extension BroadcastOperator {
    fileprivate func joined(_ rooms: [String]) -> BroadcastOperator {
        var chosen = self
        chosen.audience.rooms += rooms
        return chosen
    }
}

/// Events that the client answers.
extension Socket {
    /// Emits an event and returns the first argument of the client's answer.
    ///
    /// ```swift
    /// let price: Int = try await socket.emitWithAck("price", product, timeout: .seconds(5))
    /// ```
    /// - Parameters:
    ///   - type: what the answer is.
    ///   - timeout: how long the client may take.
    /// - Throws: ``AckFailure`` when no answer comes; `ArgumentError` when an argument cannot be written
    ///   as JSON, or the answer is of another type; `CancellationError`.
    public func emitWithAck<each Argument: Encodable, Value: Decodable & Sendable>(
        _ event: String, _ arguments: repeat each Argument, as type: Value.Type = Value.self,
        timeout: Duration = .seconds(10)
    ) async throws -> Value {
        let arguments = try EncodedArguments(
            repeat each arguments, maximumAttachments: namespace.server.options.maximumAttachments)
        return try await ask(event, arguments, timeout).decode(type, at: 0)
    }

    /// Emits an event and returns the client's answer, whatever its arguments are.
    ///
    /// - Throws: as the one that returns a value.
    public func emitWithAck<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, timeout: Duration = .seconds(10)
    ) async throws -> Arguments {
        let arguments = try EncodedArguments(
            repeat each arguments, maximumAttachments: namespace.server.options.maximumAttachments)
        return try await ask(event, arguments, timeout)
    }

    private func ask(_ event: String, _ arguments: EncodedArguments, _ timeout: Duration) async throws -> Arguments {
        let server = namespace.server
        guard !ReservedName.contains(event) else { throw AckFailure.reservedName }
        let id = server.nextAckID()
        let packet = OutgoingPacket.event(event, arguments, namespace: namespace.name, id: id)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let timer = server.switchboard.loop(of: seat).scheduleTask(in: TimeAmount(timeout)) {
                    self.failAck(id, AckFailure.timedOut)
                }
                if let failure = add(id, .call(continuation, timer)) {
                    timer.cancel()
                    return continuation.resume(throwing: failure)
                }
                // Whoever was cancelled before this place has not been heard.
                if Task.isCancelled { return failAck(id, CancellationError()) }
                server.switchboard.post(.emit(self, packet, isVolatile: false), to: seat)
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

    /// - Returns: whether the socket can owe one more answer.
    func expectAck(_ id: UInt64, _ ack: PendingAck) -> Bool { add(id, ack) == nil }

    func forgetAck(_ id: UInt64) {
        state.withLock { $0.acks[id] = nil }
    }

    /// Whether a caller waits for the acknowledgement with this id.
    func takesAttachments(ofAck id: UInt64) -> Bool { state.withLock { $0.acks[id] != nil } }

    /// The client has answered; an answer that nobody waits for is ignored.
    func acknowledged(_ id: UInt64, _ arguments: Arguments) {
        let ack = state.withLock { $0.acks.removeValue(forKey: id) }
        ack?.answer(id, arguments, from: self)
    }

    private func failAck(_ id: UInt64, _ error: any Error) {
        let ack = state.withLock { $0.acks.removeValue(forKey: id) }
        ack?.fail(error, self)
    }
}

/// Why an answer did not come.
///
/// A struct, because later versions may add codes.
public struct AckFailure: Error, Hashable, Sendable, CustomStringConvertible {
    private let text: String

    /// The client did not answer in time.
    public static let timedOut = Self(text: "the client did not answer in time")
    /// The socket was disconnected before it answered, or was not connected when it was asked.
    public static let disconnected = Self(text: "the socket is disconnected")
    /// The socket owes `Socket.maximumAcks` answers already.
    public static let tooManyWaiting = Self(text: "the socket owes too many answers already")
    /// Events of this name are the library's own.
    public static let reservedName = Self(text: "the event's name is reserved for the library")

    public var description: String { text }

    /// For `catch AckFailure.timedOut`.
    public static func ~= (failure: AckFailure, error: any Error) -> Bool { error as? AckFailure == failure }
}
