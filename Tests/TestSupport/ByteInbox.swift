package import NIOCore

/// Collects what a connection brings and answers the one who waits. The last handler of a client's pipeline.
package final class ByteInbox: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    private var bytes: [UInt8] = []
    private var hasEnded = false
    private var waiting: (enough: ([UInt8]) -> Int?, promise: EventLoopPromise<[UInt8]>)?

    package init() {}

    /// - Parameter enough: how many of the bytes that are there to take; nil to wait for more.
    package func take(_ enough: @escaping ([UInt8]) -> Int?, on loop: any EventLoop) -> EventLoopFuture<[UInt8]> {
        let promise = loop.makePromise(of: [UInt8].self)
        waiting = (enough, promise)
        answer()
        return promise.futureResult
    }

    private func answer() {
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
        answer()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Self.unwrapInboundIn(data).readableBytesView
        answer()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { end() }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { end() }

    package func channelInactive(context: ChannelHandlerContext) { end() }
}

/// A client that takes bytes as they lie on the wire, one caller at a time.
package protocol ByteClient: Sendable {
    var channel: any Channel { get }
    var inbox: NIOLoopBound<ByteInbox> { get }
}

extension ByteClient {
    /// The next bytes, exactly so many; fewer when the server ends before.
    package func bytes(_ count: Int) async throws -> [UInt8] {
        try await take { $0.count >= count ? count : nil }
    }

    /// Text up to and with a mark; what there is when the server ends before.
    package func text(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        let bytes = try await take { bytes in
            guard bytes.count >= mark.count else { return nil }
            return (0...bytes.count - mark.count).first { bytes[$0...].starts(with: mark) }.map { $0 + mark.count }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Everything up to the server's end.
    package func rest() async throws -> [UInt8] { try await take { _ in nil } }

    private func take(_ enough: @escaping @Sendable ([UInt8]) -> Int?) async throws -> [UInt8] {
        try await channel.eventLoop.flatSubmit { inbox.value.take(enough, on: channel.eventLoop) }.get()
    }
}
