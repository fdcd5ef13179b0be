import NIOCore

/// Closes a connection so that the peer still gets the last bytes: a *lingering close*, in the words of nginx and Apache
/// httpd.
///
/// Closing a socket with unread input resets the connection, and the peer may lose the last response or close frame. So
/// only the sending side is closed at first. The connection is closed when the peer has closed its sending side, or
/// after a limit. The owner of the connection discards the bytes that arrive until then.
final class LingeringClose {
    private let context: ChannelHandlerContext
    private let limit: TimeAmount
    private let waitsWhileTaken: Bool
    private var timer: Scheduled<Void>?
    /// The number of bytes that had not been sent when the timer was set.
    private var unsentBytes = Int.max
    private var isFlushed = false
    private var peerHasClosed = false

    /// - Parameters:
    ///   - limit: the time for sending the last bytes and for the peer to close, together.
    ///   - written: fulfilled when the last bytes have been handed to the system.
    ///   - waitsWhileTaken: whether the time starts again when it is over and a slow peer has taken some of the last
    ///     bytes, and when the peer has taken all of them.
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
        unsentBytes = context.channel.unsentBytes
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { self.expired() }
    }

    private func expired() {
        if waitsWhileTaken, !isFlushed, context.channel.unsentBytes < unsentBytes { startTimer() } else { closeNow() }
    }

    private func flushed() {
        guard timer != nil else { return }
        isFlushed = true
        if waitsWhileTaken { startTimer() }
        if peerHasClosed { closeNow() } else { context.close(mode: .output, promise: nil) }
    }

    /// The peer has closed its sending side.
    func inputClosed() {
        peerHasClosed = true
        if isFlushed { closeNow() }
    }

    private func closeNow() {
        guard timer != nil else { return }
        cancel()
        context.close(promise: nil)
    }

    /// Stops the timer. Must be called when the connection has been closed.
    func cancel() {
        timer?.cancel()
        timer = nil
    }
}

extension Channel {
    /// The number of written bytes that the system has not taken. May be called on the channel's event loop only.
    var unsentBytes: Int { (try? syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }
}
