import NIOCore
import Synchronization

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
