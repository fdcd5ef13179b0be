package import NIOCore

/// One response on its event loop whose body the application writes as bytes until it closes the connection.
///
/// Not `Sendable`: everything here is for the connection's event loop only. What the client still
/// sends is thrown away. Nothing is queued beyond what has been handed to NIO.
package final class StreamConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// How long a closing stream waits for its last bytes to be taken.
    private static let closeTime = Duration.seconds(5)

    /// The connection below; for its event loop, its addresses and its end.
    package let channel: any Channel
    /// Nil once it has been told of the end.
    private var application: (any StreamConnectionDelegate)?
    private var context: ChannelHandlerContext?
    private var closing: LingeringClose?
    private var needsFlush = false

    init(channel: any Channel, application: any StreamConnectionDelegate) {
        self.channel = channel
        self.application = application
    }

    /// Whether bytes can still be written.
    package var isOpen: Bool { application != nil }

    /// Whether the client keeps up; while it does not, nothing should be written.
    package var isWritable: Bool { channel.isWritable }

    /// Writes bytes of the body without flushing; they may be shared with other streams. Ignored when not open.
    package func write(_ bytes: ByteBuffer) {
        guard isOpen, let context else { return }
        context.write(Self.wrapOutboundOut(bytes), promise: nil)
        needsFlush = true
    }

    /// Hands what has been written to the system.
    package func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    /// Ends the response behind what has been written.
    package func close() {
        guard isOpen, let context else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: written)
        closing = LingeringClose(context: context, limit: Self.closeTime, written: written.futureResult)
        end()
    }

    private func end() {
        guard let application else { return }
        self.application = nil
        application.closed(self)
    }

    // MARK: From the pipeline

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        try? channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 256, maximum: 1024))
        application?.opened(self)
        flush()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        application?.writabilityChanged(self)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            application?.quiescing(self)
            close()
        // Not passed on: Hummingbird would take it for the end of an HTTP connection.
        case ChannelEvent.inputClosed:
            end()
            if let closing { closing.inputClosed() } else { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end()
        context.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        end()
        closing?.cancel()
        closing = nil
        self.context = nil
    }
}
