import NIOCore

/// The closing handshake (RFC 6455 section 7).
///
/// ```
///  we close              peer closes            violation
///  ► close               ◄ close                ► close
///  ◄ close, or 5 s       ► close                (nothing more is read)
///  shut our side         shut our side          shut our side
///  ◄ end, or 5 s         ◄ end, or 5 s          ◄ end, or 5 s
/// ```
extension WebSocketConnection {
    /// Closes with a handshake; the peer that does not answer it within `closeTime` is cut.
    ///
    /// Does nothing when the connection is closing already.
    ///
    /// - Parameters:
    ///   - code: a code that may be sent, or `missing` for none.
    ///   - reason: a sentence; what goes beyond 123 bytes is cut off.
    package func close(_ code: WebSocketCloseCode = .normal, reason: String = "") {
        precondition(code.isAllowedOnWire || code == .missing, "close code \(code.rawValue) is not to be sent")
        guard isOpen, let context else { return }
        writeClose(code, reason, promise: nil)
        closeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(options.closeTime)) {
            self.closeTimer = nil
            context.close(promise: nil)
        }
        end(WebSocketClosure(origin: .server, code: code, reason: reason))
    }

    /// The peer's close frame: the first one is answered in kind, the second one ends the handshake.
    func peerClosed(_ code: WebSocketCloseCode, _ reason: String) {
        let isAnswer = !isOpen
        let written = context?.eventLoop.makePromise(of: Void.self)
        if isAnswer {
            context?.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: written)
        } else {
            writeClose(code, "", promise: written)
            end(WebSocketClosure(origin: .peer, code: code, reason: reason))
        }
        shut(after: written)
    }

    /// Fails the connection: our close frame says why, and nothing of the peer counts any more.
    func fail(_ violation: WebSocketViolation) {
        let written = context?.eventLoop.makePromise(of: Void.self)
        if isOpen {
            writeClose(violation.code, violation.detail, promise: written)
            end(WebSocketClosure(origin: .server, code: violation.code, reason: violation.detail))
        } else {
            context?.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: written)
        }
        shut(after: written)
    }

    private func writeClose(_ code: WebSocketCloseCode, _ reason: String, promise: EventLoopPromise<Void>?) {
        writePongs()
        var frame = ByteBuffer()
        WebSocketFrameWriter.appendClose(code, reason: reason, to: &frame)
        context?.writeAndFlush(Self.wrapOutboundOut(frame), promise: promise)
    }

    private func shut(after written: EventLoopPromise<Void>?) {
        guard let context, let written, closing == nil else { return }
        closeTimer?.cancel()
        closeTimer = nil
        closing = LingeringClose(context: context, limit: options.closeTime, written: written.futureResult)
    }

    func inputClosed() {
        lost()
        if let closing { closing.inputClosed() } else { context?.close(promise: nil) }
    }

    /// The connection has gone, or is as good as gone.
    func lost() {
        end(WebSocketClosure(origin: .lost, code: .abnormal, reason: ""))
        guard context?.channel.isActive != true else { return }
        closeTimer?.cancel()
        closeTimer = nil
        closing?.cancel()
        closing = nil
    }

    private func end(_ closure: WebSocketClosure) {
        guard let application else { return }
        self.application = nil
        pingTimer?.cancel()
        pingTimer = nil
        isPaused = false
        application.closed(closure, on: self)
    }
}
