import Glibc
import Logging
import NIOCore

/// Waits before the next connection is accepted while the system has no descriptor or memory for one.
///
/// Without this pause the event loop would try again at once and without end, because the connection stays in the queue
/// of the listening socket (swift-nio, `ServerSocketChannel.shouldCloseOnReadError`). Belongs to the listening
/// channel's loop.
final class AcceptBackoff: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private struct State {
        /// The reason why the system accepts no connection; nil when it accepts connections.
        var failure: String?
        /// Logs that connections are accepted again, unless another failure comes first.
        var recovery: Scheduled<Void>?
    }

    private static let pause = TimeAmount.milliseconds(250)

    private let logger: Logger
    private let quiet: TimeAmount
    private let state: NIOLoopBoundBox<State>

    /// - Parameters:
    ///   - loop: the event loop of the listening channel.
    ///   - quiet: the time after the last failure until the recovery is logged: at the limit, each connection that ends
    ///     allows one new connection, and the next one fails again.
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
                "connections cannot be accepted: \(reason); trying again every 250 ms; raise this limit or lower --max-connections"
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
