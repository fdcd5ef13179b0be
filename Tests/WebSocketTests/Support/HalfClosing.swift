import NIOCore

/// Gives an embedded channel, which knows only whole closes, an output that can be shut by itself.
final class HalfClosing: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private(set) var outputIsShut = false

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        outputIsShut = true
        promise?.succeed()
    }
}
