import NIOCore

/// Pings and pongs.
extension WebSocketConnection {
    /// Keeps the answer to a ping until the next message or the end of the read.
    ///
    /// Pings of one read are all answered, in order. While an earlier pong waits for a peer that does
    /// not read, only the latest ping is (RFC 6455 section 5.5.3), so that a flood costs one frame.
    func keepPong(_ payload: ByteBuffer) {
        guard isOpen else { return }
        if pongIsOnItsWay || !isWritable { pongs.clear() }
        WebSocketFrameWriter.append(.pong, payload: payload, to: &pongs)
    }

    func writePongs() {
        guard isOpen, let context, pongs.readableBytes > 0, !pongIsOnItsWay, isWritable else { return }
        let frames = pongs
        pongs = ByteBuffer()
        pongIsOnItsWay = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            self.pongIsOnItsWay = false
            self.writePongs()
        }
        context.writeAndFlush(Self.wrapOutboundOut(frames), promise: written)
    }

    func startPinging() {
        guard let interval = options.pingInterval, let context else { return }
        pingTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(interval)) { self.ping() }
    }

    private func ping() {
        guard isOpen, let context else { return }
        guard showedLife || isPaused else {
            lost()
            return context.close(promise: nil)
        }
        showedLife = false
        var frame = ByteBuffer()
        WebSocketFrameWriter.appendHeader(.ping, payloadLength: 0, to: &frame)
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
        startPinging()
    }
}
