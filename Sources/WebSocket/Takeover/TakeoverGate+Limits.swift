import NIOCore
import NIOHTTP1

extension HTTPUpgradeHandler {
    var channel: any Channel { attached.channel }

    var now: NIODeadline { attached.eventLoop.now }

    private var attached: ChannelHandlerContext {
        guard let context else { preconditionFailure("a gate works only inside a pipeline") }
        return context
    }

    /// Starts the time limits of a request if its first bytes have arrived.
    ///
    /// - Returns: whether a request begins with the bytes that have arrived.
    func bytesArrived() -> Bool {
        guard sequence.expectsRequest else { return false }
        sequence.bytesArrived(at: now)
        return true
    }

    /// The request line is longer than its limit.
    func refuseTarget() { fail(.targetTooLong(limits.targetBytes)) }

    /// Answers with `refusal`, after the answers to all requests before, and closes the connection.
    func fail(_ refusal: RequestRejection) {
        guard isParking else { return failNow(refusal) }
        ignoresBytes = true
        park(.failure(refusal))
    }

    /// Answers with `refusal` as soon as the order of the answers allows it, and closes the connection; without an
    /// answer when another response has begun.
    func failNow(_ refusal: RequestRejection) {
        switch sequence.fail() {
        case .ignore: break
        case .cut: cut()
        case .instead:
            hasUnfinishedBody = exchange == nil
            answer(refusal)
            loseExchange()
        case .hold:
            held = .refusal(refusal)
            ignoresBytes = true
            perform(sequence.step)
        }
    }

    func answer(_ refusal: RequestRejection) {
        sequence.end()
        ignoresBytes = true
        let body = rejectionBody(refusal)
        var headers = refusal.headers
        headers.add(name: "Content-Type", value: body.contentType)
        headers.add(name: "Content-Length", value: String(body.bytes.readableBytes))
        headers.add(name: "Cache-Control", value: "no-store")
        headers.add(name: "Connection", value: "close")
        let written = attached.eventLoop.makePromise(of: Void.self)
        let head = HTTPResponseHead(version: .http1_1, status: refusal.status, headers: headers)
        attached.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        attached.write(Self.wrapOutboundOut(.body(.byteBuffer(body.bytes))), promise: nil)
        attached.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: written)
        linger(after: written.futureResult)
    }

    func perform(_ step: RequestSequence.Step) {
        switch step {
        case .nothing: break
        case .finish: finish()
        case .performHeld:
            switch held {
            case .refusal(let refusal): answer(refusal)
            case .takeover: takeOver()
            case nil: preconditionFailure("a turn came for a request that is not held")
            }
        }
    }

    /// Closes the connection after the bytes that have been written. No answer is due any more, or no client takes it.
    func finish() {
        guard bufferedBytes > 0 else { return cut() }
        let written = attached.eventLoop.makePromise(of: Void.self)
        writeBytes(ByteBuffer(), promise: written)
        linger(after: written.futureResult)
    }

    /// The server is shutting down, or the client has closed its sending side: pending requests are answered, and the
    /// connection is not taken over any more.
    func quiesce() {
        if held?.isTakeover == true, sequence.isOver { return cut() }
        forgetBacklog()
        perform(sequence.quiesce())
        exchange?.quiesce()
    }

    func linger(after written: EventLoopFuture<Void>) {
        endHTTP()
        closing = LingeringClose(context: attached, limit: limits.lingerTime, written: written, waitsWhileTaken: true)
        if inputIsClosed { closing?.inputClosed() }
        context?.read()
        loseExchange()
    }

    func cut() {
        endHTTP()
        context?.close(promise: nil)
        loseExchange()
    }

    private func endHTTP() {
        sequence.end()
        ignoresBytes = true
        held = nil
        forgetBacklog()
    }

    /// Sets the only timer of the connection to the current deadline.
    ///
    /// A timer that is set to an earlier time is left alone, and set again when it fires: a request that arrives in one
    /// piece changes no timer.
    func armTimer() {
        guard let (deadline, _) = sequence.deadline(limits) else { return }
        guard timer == nil || deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        timer = attached.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        guard context != nil, let (deadline, expiry) = sequence.deadline(limits) else { return }
        guard deadline <= now else { return armTimer() }
        switch expiry {
        case .idle where !channel.isWritable:
            sequence.postponeIdle(at: now)
            armTimer()
        case .idle: cut()
        case .head: failNow(.headTimeout(limits.headTime))
        case .request: failNow(.requestTimeout(limits.requestTime))
        }
    }
}
