package import NIOCore

/// One WebSocket: answers pings, closes with a handshake, and hands whole messages to its delegate.
///
/// Not `Sendable`: may be used on the connection's event loop only. Nothing is queued here: all bytes are handed to NIO,
/// so a delegate that writes while `isWritable` is false fills the server's memory.
///
/// The closing handshake (RFC 6455, section 7), `closeTime` being 5 s:
/// ```
///  the server closes     the peer closes       violation
///  ► close               ◄ close               ► close
///  ◄ close, or 5 s       ► close               (nothing more is read)
///  close our side        close our side        close our side
///  ◄ end, or 5 s         ◄ end, or 5 s         ◄ end, or 5 s
/// ```
package final class WebSocketConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// A paused connection with more unread bytes than this is closed. One turn of reading brings less, and so does the
    /// HTTP connection that became this WebSocket.
    static var maximumUnreadBytes: Int { 512 << 10 }

    /// The connection's channel, for its event loop, its addresses and its end.
    package let channel: any Channel
    private let options: WebSocketOptions
    private let output = ConnectionOutput()
    /// Nil after the call of `closed`.
    private var delegate: (any WebSocketDelegate)?
    private var decoder: WebSocketMessageDecoder
    private var pongs = PongQueue()
    private var pause = Pause()
    /// Whether a read is being handled; what is written during a read is flushed at its end.
    private var isReading = false
    /// Whether anything came from the peer, or could be written to it, since the last ping.
    private var wasActive = true
    private var pingTimer: Scheduled<Void>?
    private var closeTimer: Scheduled<Void>?

    init(channel: any Channel, delegate: any WebSocketDelegate, options: WebSocketOptions) {
        self.channel = channel
        self.delegate = delegate
        self.options = options
        decoder = WebSocketMessageDecoder(
            maximumMessageBytes: options.maximumMessageBytes, maximumFragments: options.maximumFragments)
    }

    /// Whether messages can still be sent; false from the first close frame in either direction.
    package var isOpen: Bool { delegate != nil }

    /// Whether the peer keeps up; while it does not, nothing should be written.
    package var isWritable: Bool { channel.isWritable }

    // MARK: Sending

    /// Sends a text message. Ignored when not open.
    package func send(text: String) {
        var frame = ByteBuffer()
        WebSocketFrameWriter.append(text: text, to: &frame)
        write(encodedFrames: frame)
        flush()
    }

    /// Sends a text message of bytes that are UTF-8. Ignored when not open.
    package func send(text: ByteBuffer) { send(.text, text) }

    /// Sends a binary message. Ignored when not open.
    package func send(binary: ByteBuffer) { send(.binary, binary) }

    private func send(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        var frame = ByteBuffer()
        WebSocketFrameWriter.append(opcode, payload: payload, to: &frame)
        write(encodedFrames: frame)
        flush()
    }

    /// Writes frames made by ``WebSocketFrameWriter``, without flushing. The bytes may be shared with other sockets.
    ///
    /// Ignored when not open.
    package func write(encodedFrames: ByteBuffer) {
        if isOpen { output.write(encodedFrames) }
    }

    /// Hands the written bytes to the system. Bytes that are written during a read are flushed once at its end.
    package func flush() {
        if !isReading { output.flush() }
    }

    // MARK: Receiving

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        wasActive = true
        let input = Self.unwrapInboundIn(data)
        if pause.holdsInput { hold(input) } else { handle(input) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        endRead()
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        if pause.holdsInput { pause.owesRead = true } else { context.read() }
    }

    /// Hands the messages in `input` to the delegate, up to the message at which the delegate pauses.
    private func handle(_ input: ByteBuffer) {
        isReading = true
        var input = input
        while !isPaused, let event = decoder.next(&input) { handle(event) }
        if input.readableBytes > 0 { hold(input) }
    }

    private func handle(_ event: WebSocketMessageDecoder.Event) {
        switch event {
        case .text(let text):
            writePongs()
            delegate?.received(text: text, on: self)
        case .binary(let binary):
            writePongs()
            delegate?.received(binary: binary, on: self)
        case .ping(let payload):
            // Kept until the next message or the end of the read.
            if isOpen { pongs.append(payload, keepsEarlier: isWritable) }
        case .pong: break
        case .close(let code, let reason): peerClosed(code, reason)
        case .violation(let violation): fail(violation)
        }
    }

    private func endRead() {
        isReading = false
        writePongs()
        flush()
    }

    // MARK: Pausing

    /// Whether nothing more is read from the peer: what it sends stays in the systems' buffers, until the peer cannot
    /// send any more.
    ///
    /// Set during a call of the delegate, the pause begins with the next message. During a pause, pings are not
    /// answered, the peer is not closed for its silence, messages can be sent, and the loss of the connection is
    /// reported: NIO notices the end of a connection that is not read. When the peer ends the connection, NIO reads all
    /// that the system still has; a connection with more than ``maximumUnreadBytes`` of that is closed.
    ///
    /// After the pause, the messages that had been read are delivered in a later turn of the event loop. Closing ends
    /// the pause, and a closed connection cannot be paused.
    package var isPaused: Bool {
        get { pause.isPaused }
        set {
            guard newValue != pause.isPaused, isOpen || !newValue else { return }
            pause.isPaused = newValue
            if !newValue { resume() }
        }
    }

    private func hold(_ input: ByteBuffer) {
        pause.append(input)
        guard pause.unread.readableBytes > Self.maximumUnreadBytes else { return }
        pause.unread = ByteBuffer()
        lost()
        output.closeNow()
    }

    private func resume() {
        wasActive = true
        guard !pause.isResuming else { return }
        pause.isResuming = true
        channel.eventLoop.assumeIsolated().execute {
            self.pause.isResuming = false
            self.handleUnread()
        }
    }

    private func handleUnread() {
        guard let context = output.context, !pause.isPaused else { return }
        let input = pause.unread
        pause.unread = ByteBuffer()
        if input.readableBytes > 0 {
            handle(input)
            endRead()
        }
        guard pause.owesRead, !pause.holdsInput else { return }
        pause.owesRead = false
        context.read()
    }

    private struct Pause {
        var isPaused = false
        /// What had been read when the pause began.
        var unread = ByteBuffer()
        /// Whether a read was requested during the pause.
        var owesRead = false
        /// Whether the end of the pause is scheduled.
        var isResuming = false

        /// Whether what is read has to wait.
        var holdsInput: Bool { isPaused || unread.readableBytes > 0 }

        mutating func append(_ input: ByteBuffer) {
            if unread.readableBytes == 0 { unread = input } else { unread.writeImmutableBuffer(input) }
        }
    }

    // MARK: Pings and pongs

    /// The number of bytes of pongs that have not been written.
    var unsentPongBytes: Int { pongs.byteCount }

    private func writePongs() {
        guard isOpen, let context = output.context, isWritable, let frames = pongs.next() else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            self.pongs.sent()
            self.writePongs()
        }
        output.writeAndFlush(frames, promise: written)
    }

    private func startPinging() {
        guard let interval = options.pingInterval, let context = output.context else { return }
        pingTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(interval)) { self.ping() }
    }

    private func ping() {
        guard isOpen, output.context != nil else { return }
        guard wasActive || isPaused else {
            lost()
            return output.closeNow()
        }
        wasActive = false
        var frame = ByteBuffer()
        WebSocketFrameWriter.appendHeader(.ping, payloadLength: 0, to: &frame)
        output.writeAndFlush(frame)
        startPinging()
    }

    /// The answers to pings that have not been written.
    ///
    /// The pings of one read are all answered, in order. While an earlier pong waits for a peer that does not read, only
    /// the latest ping is answered (RFC 6455, section 5.5.3), so that a flood of pings costs one frame.
    private struct PongQueue {
        private var frames = ByteBuffer()
        /// Whether an earlier pong has not been handed to the system.
        private var isSending = false

        var byteCount: Int { frames.readableBytes }

        mutating func append(_ payload: ByteBuffer, keepsEarlier: Bool) {
            if isSending || !keepsEarlier { frames.clear() }
            WebSocketFrameWriter.append(.pong, payload: payload, to: &frames)
        }

        /// Removes the frames to write now; `sent` must follow. Nil when there are none, or earlier ones are being sent.
        mutating func next() -> ByteBuffer? {
            guard frames.readableBytes > 0, !isSending else { return nil }
            isSending = true
            defer { frames = ByteBuffer() }
            return frames
        }

        mutating func sent() { isSending = false }
    }

    // MARK: Closing

    /// Closes with a handshake. A peer that does not answer within `closeTime` is disconnected.
    ///
    /// Does nothing when the connection is closing already.
    ///
    /// - Parameters:
    ///   - code: a code that may be sent, or `missing` for none.
    ///   - reason: a sentence; truncated to 123 bytes.
    package func close(_ code: WebSocketCloseCode = .normal, reason: String = "") {
        precondition(code.isAllowedOnWire || code == .missing, "close code \(code.rawValue) must not be sent")
        guard isOpen, let context = output.context else { return }
        writePongs()
        output.writeAndFlush(Self.closeFrame(code, reason))
        closeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(options.closeTime)) {
            self.closeTimer = nil
            context.close(promise: nil)
        }
        end(WebSocketClosure(origin: .server, code: code, reason: reason))
    }

    /// The peer's close frame: the first one is answered with the same code, the second one ends the handshake.
    private func peerClosed(_ code: WebSocketCloseCode, _ reason: String) {
        closeAfterLastFrame(code, "", WebSocketClosure(origin: .peer, code: code, reason: reason))
    }

    /// Fails the connection: the close frame says why, and everything that the peer sends is ignored.
    private func fail(_ violation: WebSocketViolation) {
        let (code, detail) = (violation.code, violation.detail)
        closeAfterLastFrame(code, detail, WebSocketClosure(origin: .server, code: code, reason: detail))
    }

    /// Sends a close frame, unless one has been sent, and closes the connection after the frame.
    private func closeAfterLastFrame(_ code: WebSocketCloseCode, _ reason: String, _ closure: WebSocketClosure) {
        let written: EventLoopFuture<Void>?
        if isOpen {
            writePongs()
            written = output.writeLast(Self.closeFrame(code, reason))
            end(closure)
        } else {
            written = output.writeLast()
        }
        guard let written else { return }
        cancelCloseTimer()
        output.close(after: written, limit: options.closeTime)
    }

    private static func closeFrame(_ code: WebSocketCloseCode, _ reason: String) -> ByteBuffer {
        var frame = ByteBuffer()
        WebSocketFrameWriter.appendClose(code, reason: reason, to: &frame)
        return frame
    }

    /// The connection has ended, or is ended now without a handshake.
    private func lost() {
        end(WebSocketClosure(origin: .lost, code: .abnormal, reason: ""))
        guard output.context?.channel.isActive != true else { return }
        cancelCloseTimer()
        output.cancelClosingIfInactive()
    }

    private func cancelCloseTimer() {
        closeTimer?.cancel()
        closeTimer = nil
    }

    private func end(_ closure: WebSocketClosure) {
        guard let delegate else { return }
        self.delegate = nil
        pingTimer?.cancel()
        pingTimer = nil
        isPaused = false
        delegate.closed(closure, on: self)
    }

    // MARK: From the pipeline

    package func handlerAdded(context: ChannelHandlerContext) {
        try? channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: options.lowWaterMark, high: options.highWaterMark))
        output.attach(context, initialReadBytes: 1024, maximumReadBytes: options.maximumReadBytes)
        startPinging()
        delegate?.opened(self)
        flush()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { wasActive = true }
        writePongs()
        delegate?.writabilityChanged(self)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: close(.goingAway, reason: "the server is shutting down")
        // Not passed on: for Hummingbird this event would be the end of an HTTP connection.
        case ChannelEvent.inputClosed:
            lost()
            output.inputClosed()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lost()
        output.closeNow()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        lost()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        lost()
        output.detach()
    }
}
