import NIOCore

/// Stands for a peer that does not read: keeps what is written, and its promises, until told otherwise.
final class OutboundHolder: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private(set) var kept: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
    var isHolding = true

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isHolding else { return context.write(data, promise: promise) }
        kept.append((Self.unwrapOutboundIn(data), promise))
    }

    /// Lets everything go that was kept.
    func release(context: ChannelHandlerContext) {
        isHolding = false
        let written = kept
        kept = []
        for (bytes, promise) in written { context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: promise) }
    }
}
