package import NIOCore

/// Writes a raw response stream. All calls are made on the connection's event loop and must not block.
///
/// One object serves one connection. The connection keeps the object until `closed`.
package protocol StreamConnectionDelegate: AnyObject {
    /// The response's head is written; bytes that are written now follow the head. The first call.
    func opened(_ connection: StreamConnection)

    /// The client has fallen behind or has caught up: see `isWritable`.
    func writabilityChanged(_ connection: StreamConnection)

    /// The server is shutting down. Bytes that are written in this call are the last ones.
    func quiescing(_ connection: StreamConnection)

    /// Nothing can be written any more. The last call, exactly once, also when the delegate closed the connection. It
    /// may be made from inside `close`.
    func closed(_ connection: StreamConnection)
}

extension StreamConnectionDelegate {
    /// Writes nothing.
    package func quiescing(_ connection: StreamConnection) {}
}

/// One response whose body the delegate writes as bytes until it closes the connection.
///
/// Not `Sendable`: may be used on the connection's event loop only. Bytes that the client still sends are discarded.
/// Nothing is queued here: all bytes are handed to NIO.
package final class StreamConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// How long a closing stream waits for the client to take the last bytes and to close.
    private static let closeTime = Duration.seconds(5)

    /// The connection's channel, for its event loop, its addresses and its end.
    package let channel: any Channel
    private let output = ConnectionOutput()
    /// Nil after the call of `closed`.
    private var delegate: (any StreamConnectionDelegate)?

    init(channel: any Channel, delegate: any StreamConnectionDelegate) {
        self.channel = channel
        self.delegate = delegate
    }

    /// Whether bytes can still be written.
    package var isOpen: Bool { delegate != nil }

    /// Whether the client keeps up; while it does not, nothing should be written.
    package var isWritable: Bool { channel.isWritable }

    /// Writes bytes of the body without flushing. The bytes may be shared with other streams. Ignored when not open.
    package func write(_ bytes: ByteBuffer) {
        if isOpen { output.write(bytes) }
    }

    /// Hands the written bytes to the system.
    package func flush() { output.flush() }

    /// Ends the response after the written bytes.
    package func close() {
        guard isOpen, let written = output.writeLast() else { return }
        output.close(after: written, limit: Self.closeTime)
        end()
    }

    private func end() {
        guard let delegate else { return }
        self.delegate = nil
        delegate.closed(self)
    }

    // MARK: From the pipeline

    package func handlerAdded(context: ChannelHandlerContext) {
        output.attach(context, initialReadBytes: 256, maximumReadBytes: 1024)
        delegate?.opened(self)
        flush()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        delegate?.writabilityChanged(self)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            delegate?.quiescing(self)
            close()
        // Not passed on: for Hummingbird this event would be the end of an HTTP connection.
        case ChannelEvent.inputClosed:
            end()
            output.inputClosed()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end()
        output.closeNow()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        end()
        output.detach()
    }
}
