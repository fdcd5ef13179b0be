package import NIOCore

/// Collects the bytes that a connection receives, for one waiting reader. The last handler of a client's pipeline.
package final class ByteInbox: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    private var bytes: [UInt8] = []
    private var hasEnded = false
    private var waiting: (enough: ([UInt8]) -> Int?, promise: EventLoopPromise<[UInt8]>)?

    /// An empty inbox.
    package init() {}

    /// Takes bytes as soon as there are enough; takes all bytes when the connection ends before.
    ///
    /// - Parameter enough: gets the bytes that have arrived, and returns how many of them to take; nil to wait for more.
    package func take(_ enough: @escaping ([UInt8]) -> Int?, on loop: any EventLoop) -> EventLoopFuture<[UInt8]> {
        let promise = loop.makePromise(of: [UInt8].self)
        waiting = (enough, promise)
        deliver()
        return promise.futureResult
    }

    private func deliver() {
        guard let (enough, promise) = waiting, let count = enough(bytes) ?? (hasEnded ? bytes.count : nil) else {
            return
        }
        waiting = nil
        let taken = Array(bytes.prefix(count))
        bytes.removeFirst(min(count, bytes.count))
        promise.succeed(taken)
    }

    private func end() {
        hasEnded = true
        deliver()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Self.unwrapInboundIn(data).readableBytesView
        deliver()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { end() }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { end() }

    package func channelInactive(context: ChannelHandlerContext) { end() }
}

/// A client that reads the bytes of a connection, with one reader at a time.
package protocol ByteClient: Sendable {
    var channel: any Channel { get }
    var inbox: NIOLoopBound<ByteInbox> { get }
}

extension ByteClient {
    /// The next `count` bytes; fewer when the server closes the connection before.
    package func bytes(_ count: Int) async throws -> [UInt8] {
        try await take { $0.count >= count ? count : nil }
    }

    /// The text up to the end of `mark`; the rest of the text when the server closes the connection before.
    package func text(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        let bytes = try await take { bytes in
            guard bytes.count >= mark.count else { return nil }
            return (0...bytes.count - mark.count).first { bytes[$0...].starts(with: mark) }.map { $0 + mark.count }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// All bytes until the server closes the connection.
    package func rest() async throws -> [UInt8] { try await take { _ in nil } }

    private func take(_ enough: @escaping @Sendable ([UInt8]) -> Int?) async throws -> [UInt8] {
        try await channel.eventLoop.flatSubmit { inbox.value.take(enough, on: channel.eventLoop) }.get()
    }
}
