import NIOCore

/// Simulates a peer that does not read: keeps the written bytes and their promises until `release`.
final class OutboundHolder: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private(set) var kept: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
    var isHolding = true

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isHolding else { return context.write(data, promise: promise) }
        kept.append((Self.unwrapOutboundIn(data), promise))
    }

    /// Writes all kept bytes.
    func release(context: ChannelHandlerContext) {
        isHolding = false
        let written = kept
        kept = []
        for (bytes, promise) in written { context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: promise) }
    }
}
