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

    private struct State {
        /// Why the system refuses; nil when it does not.
        var failure: String?
        /// Says that it is over, unless another failure comes.
        var recovery: Scheduled<Void>?
    }

    private static let pause = TimeAmount.milliseconds(250)

    private let logger: Logger
    private let quiet: TimeAmount
    private let state: NIOLoopBoundBox<State>

    /// - Parameters:
    ///   - loop: the listening channel's.
    ///   - quiet: how long after the last failure the log says that it is over: at the limit each connection that ends
    ///     lets another one in, and the next fails.
    init(logger: Logger, loop: any EventLoop, quiet: TimeAmount = .seconds(10)) {
        self.logger = logger
        self.quiet = quiet
        state = .makeBoxSendingValue(State(), eventLoop: loop)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        note(String(cString: strerror(error.errnoCode)), on: context.eventLoop)
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    private func note(_ reason: String, on loop: any EventLoop) {
        if state.value.failure != reason {
            logger.error(
                "no connection can be accepted: \(reason); trying again every 250 ms; raise this limit or lower --max-connections"
            )
        }
        state.value.failure = reason
        state.value.recovery?.cancel()
        state.value.recovery = loop.assumeIsolated().scheduleTask(in: quiet) {
            self.state.value = State()
            self.logger.notice("connections are accepted again")
        }
    }
}
