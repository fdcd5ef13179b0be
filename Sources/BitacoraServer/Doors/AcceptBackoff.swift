import Glibc
import Logging
import NIOCore

/// Waits before the next connection is accepted while the system has no descriptor or memory for one.
///
/// Without it the event loop would try again at once and without end, because the connection stays in the queue of the
/// listening socket (swift-nio, `ServerSocketChannel.shouldCloseOnReadError`). Belongs to the listening channel's loop.
final class AcceptBackoff: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private static let pause = TimeAmount.milliseconds(250)

    private let logger: Logger
    private let failure: NIOLoopBoundBox<String?>

    /// - Parameter loop: the listening channel's.
    init(logger: Logger, loop: any EventLoop) {
        self.logger = logger
        failure = .makeBoxSendingValue(nil, eventLoop: loop)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if failure.value != nil {
            failure.value = nil
            logger.notice("connections are accepted again")
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        let reason = String(cString: strerror(error.errnoCode))
        if failure.value != reason {
            failure.value = reason
            logger.error("no connection can be accepted: \(reason); trying again every 250 ms; raise this limit or lower --max-connections")
        }
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
