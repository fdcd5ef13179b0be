import NIOCore
import NIOHTTP1

extension TakeoverGate {
    var channel: any Channel { attached.channel }

    var now: NIODeadline { attached.eventLoop.now }

    private var attached: ChannelHandlerContext {
        guard let context else { preconditionFailure("a gate works only inside a pipeline") }
        return context
    }

    /// Starts the clock of a request; answers whether a read begins one.
    func bytesArrived() -> Bool {
        guard sequence.expectsRequest else { return false }
        sequence.bytesArrived(at: now)
        return true
    }

    /// The request line has passed its limit without an end.
    func refuseTarget() { fail(.targetTooLong(limits.targetBytes)) }

    /// Tells the client what is wrong with what it sends, if its turn allows it, and closes.
    func fail(_ refusal: ConnectionRefusal) {
        switch sequence.fail() {
        case .ignore: break
        case .cut: cut()
        case .instead: answer(refusal)
        case .hold:
            held = .refusal(refusal)
            ignoresBytes = true
            perform(sequence.step)
        }
    }

    func answer(_ refusal: ConnectionRefusal) {
        sequence.end()
        ignoresBytes = true
        let body = refusalBody(refusal)
        var headers = refusal.headers
        headers.add(name: "Content-Type", value: body.contentType)
        headers.add(name: "Content-Length", value: String(body.bytes.readableBytes))
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
        case .finish: cut()
        case .performHeld:
            switch held {
            case .refusal(let refusal): answer(refusal)
            case .takeover: takeOver()
            case nil: preconditionFailure("a turn came for a request that is not held")
            }
        }
    }

    /// The server is shutting down, or the client will send nothing more: answer what is pending, take nothing over.
    func quiesce() {
        if held?.isTakeover == true, sequence.isOver { cut() } else { perform(sequence.quiesce()) }
    }

    func linger(after written: EventLoopFuture<Void>) {
        sequence.end()
        ignoresBytes = true
        held = nil
        closing = LingeringClose(context: attached, limit: limits.lingerTime, written: written)
        context?.read()
    }

    func cut() {
        sequence.end()
        ignoresBytes = true
        held = nil
        attached.close(promise: nil)
    }

    /// Arms the one timer of the connection.
    ///
    /// A request that arrives in one piece moves no timer: a timer that goes off early is set again.
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
        case .idle: cut()
        case .head: fail(.headTimeout(limits.headTime))
        case .request: fail(.requestTimeout(limits.requestTime))
        }
    }
}
