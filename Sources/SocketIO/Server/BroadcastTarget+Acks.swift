import NIOCore

extension BroadcastTarget {
    /// Emits an event to all sockets that are meant, and collects what they answer.
    ///
    /// - Parameters:
    ///   - type: what an answer's first argument is.
    ///   - timeout: how long to wait for all of them; who has not answered by then is among the missing.
    /// - Throws: `ArgumentError` when an argument cannot be written as JSON; `CancellationError`.
    public func emitWithAck<each Argument: Encodable, Value: Decodable & Sendable>(
        _ event: String, _ arguments: repeat each Argument, as type: Value.Type = Value.self,
        timeout: Duration = .seconds(10)
    ) async throws -> Answers<Value> {
        let target = everyone
        let arguments = try EncodedArguments(
            repeat each arguments, maximumAttachments: target.server.options.maximumAttachments)
        return Answers(try await target.collect(event, arguments, timeout))
    }
}

extension BroadcastOperator {
    fileprivate func collect(
        _ event: String, _ arguments: EncodedArguments, _ timeout: Duration
    ) async throws -> AckCollector.Outcome {
        guard !ReservedName.contains(event) else { throw AckFailure.reservedName }
        let answers = AckCollector(id: server.nextAckID())
        let packet = OutgoingPacket.event(event, arguments, namespace: audience.namespace, id: answers.id)
        let post = Post.broadcast(Broadcast(packet, to: audience, isVolatile: isVolatile, answers: answers))
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answers.begin(continuation)
                let timer = server.switchboard.anyLoop?.scheduleTask(in: TimeAmount(timeout)) { answers.expire() }
                server.switchboard.postToAll(post) { shards in answers.expect(shards: shards, timer: timer) }
            }
        } onCancel: {
            answers.expire()
        }
        try Task.checkCancellation()
        return outcome
    }
}

extension Answers where Value: Decodable {
    fileprivate init(_ outcome: AckCollector.Outcome) {
        var bySocket: [String: Value] = [:]
        var missing = outcome.missing
        for (socket, arguments) in outcome.answers {
            if let value = try? arguments.decode(Value.self, at: 0) {
                bySocket[socket] = value
            } else {
                missing.append(socket)
            }
        }
        self.init(bySocket: bySocket, missing: missing)
    }
}
