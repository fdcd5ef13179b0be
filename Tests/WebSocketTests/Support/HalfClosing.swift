import NIOCore

/// Gives an embedded channel, which supports only full closes, a half-close of the output.
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
