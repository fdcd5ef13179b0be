import NIOCore

/// Writes to a connection that has left HTTP, and closes the connection: the common part of ``WebSocketConnection`` and
/// ``StreamConnection``.
///
/// Belongs to the connection's event loop. Nothing is queued here: all bytes are handed to NIO.
final class ConnectionOutput {
    /// Nil while the connection's handler is not in a pipeline.
    private(set) var context: ChannelHandlerContext?
    private var closing: LingeringClose?
    private var needsFlush = false

    /// The connection's handler has been added to the pipeline.
    ///
    /// - Parameters:
    ///   - initialReadBytes: the size of the first buffer for reads.
    ///   - maximumReadBytes: the largest size of a buffer for reads.
    func attach(_ context: ChannelHandlerContext, initialReadBytes: Int, maximumReadBytes: Int) {
        self.context = context
        try? context.channel.syncOptions?.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: initialReadBytes, maximum: maximumReadBytes))
    }

    /// The connection's handler has been removed from the pipeline.
    func detach() {
        cancelClosingIfInactive()
        context = nil
    }

    /// Writes bytes without flushing.
    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        context.write(NIOAny(bytes), promise: nil)
        needsFlush = true
    }

    /// Flushes what `write` has written since the last flush.
    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    /// Writes and flushes bytes.
    func writeAndFlush(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        context?.writeAndFlush(NIOAny(bytes), promise: promise)
    }

    /// Writes and flushes the last bytes of the connection.
    ///
    /// - Returns: fulfilled when the bytes have been handed to the system; nil outside a pipeline.
    func writeLast(_ bytes: ByteBuffer = ByteBuffer()) -> EventLoopFuture<Void>? {
        guard let context else { return nil }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(bytes), promise: written)
        return written.futureResult
    }

    /// Closes the connection when the last bytes have been written and the peer has closed its side, or after `limit`.
    /// Ignored when the connection is being closed in this way already.
    func close(after written: EventLoopFuture<Void>, limit: Duration) {
        guard closing == nil, let context else { return }
        closing = LingeringClose(context: context, limit: limit, written: written)
    }

    /// Closes the connection without sending the bytes that wait for the peer.
    func closeNow() { context?.close(promise: nil) }

    /// The peer has closed its sending side: closes the connection, after the last bytes if these are being sent.
    func inputClosed() {
        if let closing { closing.inputClosed() } else { closeNow() }
    }

    /// Stops the timer of a connection that has been closed.
    func cancelClosingIfInactive() {
        guard context?.channel.isActive != true else { return }
        closing?.cancel()
        closing = nil
    }
}
