import NIOCore

/// Ends a connection so that the peer still gets the last bytes.
///
/// Closing a socket that has unread input resets the connection and may take the last response or
/// close frame with it. So only our side is shut; the connection goes when the peer shuts its own,
/// or after a limit. Whoever owns it throws away what is read meanwhile.
final class LingeringClose {
    private let context: ChannelHandlerContext
    private let limit: TimeAmount
    private let waitsWhileTaken: Bool
    private var timer: Scheduled<Void>?
    /// Bytes that had not left when the timer was set.
    private var unwrittenBytes = Int.max
    private var isFlushed = false
    private var peerHasClosed = false

    /// - Parameters:
    ///   - limit: for the last bytes to leave and the peer to close, together.
    ///   - written: fulfilled when the last bytes have been handed to the system.
    ///   - waitsWhileTaken: whether the limit starts again while a slow peer takes some of the last bytes, and
    ///     when it has taken all.
    init(
        context: ChannelHandlerContext, limit: Duration, written: EventLoopFuture<Void>, waitsWhileTaken: Bool = false
    ) {
        self.context = context
        self.limit = TimeAmount(limit)
        self.waitsWhileTaken = waitsWhileTaken
        startTimer()
        written.assumeIsolated().whenComplete { _ in self.flushed() }
    }

    private func startTimer() {
        timer?.cancel()
        unwrittenBytes = bufferedBytes
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { self.expired() }
    }

    private func expired() {
        if waitsWhileTaken, !isFlushed, bufferedBytes < unwrittenBytes { startTimer() } else { cut() }
    }

    private var bufferedBytes: Int { (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

    private func flushed() {
        guard timer != nil else { return }
        isFlushed = true
        if waitsWhileTaken { startTimer() }
        if peerHasClosed { cut() } else { context.close(mode: .output, promise: nil) }
    }

    /// The peer has shut its side.
    func inputClosed() {
        peerHasClosed = true
        if isFlushed { cut() }
    }

    /// Closes at once.
    func cut() {
        guard timer != nil else { return }
        cancel()
        context.close(promise: nil)
    }

    /// To be called when the connection has gone.
    func cancel() {
        timer?.cancel()
        timer = nil
    }
}
