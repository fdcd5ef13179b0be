package import NIOCore

/// One WebSocket on its event loop: answers pings, closes properly, and gives whole messages to its application.
///
/// Not `Sendable`: everything here is for the connection's event loop only. Nothing is queued beyond
/// what has been handed to NIO: an application that writes while `isWritable` is false makes its own
/// memory grow.
package final class WebSocketConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// The connection below; for its event loop, its addresses and its end.
    package let channel: any Channel
    let options: WebSocketOptions
    /// Nil once it has been told of the end.
    var application: (any WebSocketDelegate)?
    var context: ChannelHandlerContext?
    var inbound: WebSocketMessageDecoder
    var pongs = ByteBuffer()
    /// Whether an earlier pong has not left yet: then only the latest one is kept.
    var pongIsOnItsWay = false
    var closeTimer: Scheduled<Void>?
    var closing: LingeringClose?
    var pingTimer: Scheduled<Void>?
    /// Whether anything came from the peer, or could be written to it, since the last ping.
    var showedLife = true
    var pausing = Pausing()
    private var isReading = false
    private var needsFlush = false

    init(channel: any Channel, application: any WebSocketDelegate, options: WebSocketOptions) {
        self.channel = channel
        self.application = application
        self.options = options
        inbound = WebSocketMessageDecoder(
            maximumMessageBytes: options.maximumMessageBytes, maximumFragments: options.maximumFragments)
    }

    /// Whether messages can still be sent; false from the first close frame in either direction.
    package var isOpen: Bool { application != nil }

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

    /// Writes frames made by ``WebSocketFrameWriter``, without flushing; the bytes may be shared with other sockets.
    ///
    /// Ignored when not open.
    package func write(encodedFrames: ByteBuffer) {
        guard isOpen, let context else { return }
        context.write(Self.wrapOutboundOut(encodedFrames), promise: nil)
        needsFlush = true
    }

    /// Hands what has been written to the system; during a read that happens once at its end.
    package func flush() {
        guard needsFlush, !isReading else { return }
        needsFlush = false
        context?.flush()
    }

    // MARK: Receiving

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        showedLife = true
        let input = Self.unwrapInboundIn(data)
        if holdsBack { hold(input) } else { handle(input) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        endRead()
        context.fireChannelReadComplete()
    }

    /// Hands out the messages in what was read, up to the one at which the application pauses.
    func handle(_ input: ByteBuffer) {
        isReading = true
        var input = input
        while !isPaused, let event = inbound.next(&input) { handle(event) }
        if input.readableBytes > 0 { hold(input) }
    }

    /// Sends what was written during a read.
    func endRead() {
        isReading = false
        writePongs()
        flush()
    }

    private func handle(_ event: WebSocketMessageDecoder.Event) {
        switch event {
        case .text(let text):
            writePongs()
            application?.received(text: text, on: self)
        case .binary(let binary):
            writePongs()
            application?.received(binary: binary, on: self)
        case .ping(let payload): keepPong(payload)
        case .pong: break
        case .close(let code, let reason): peerClosed(code, reason)
        case .violation(let violation): fail(violation)
        }
    }

    // MARK: Life

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let channelOptions = channel.syncOptions
        try? channelOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: options.lowWaterMark, high: options.highWaterMark))
        try? channelOptions?.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1024, maximum: options.maximumReadBytes))
        startPinging()
        application?.opened(self)
        flush()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { showedLife = true }
        writePongs()
        application?.writabilityChanged(self)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: close(.goingAway, reason: "the server is shutting down")
        // Not passed on: Hummingbird would take it for the end of an HTTP connection.
        case ChannelEvent.inputClosed: inputClosed()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lost()
        context.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        lost()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        lost()
        self.context = nil
    }
}
