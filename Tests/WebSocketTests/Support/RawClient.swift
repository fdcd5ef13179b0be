import Glibc
import NIOCore
import NIOPosix
import Testing

/// A TCP client that sends and expects bytes.
final class RawClient: Sendable {
    let channel: any Channel
    private let inbox: NIOLoopBound<Inbox>

    private init(channel: any Channel, inbox: NIOLoopBound<Inbox>) {
        self.channel = channel
        self.inbox = inbox
    }

    /// - Parameter reads: whether the client reads what comes, or leaves it in the system's buffer until `startReading`.
    static func connect(to port: Int, reads: Bool = true) async throws -> RawClient {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let inbox = Inbox()
                    try channel.pipeline.syncOperations.addHandler(inbox)
                    return RawClient(channel: channel, inbox: NIOLoopBound(inbox, eventLoop: channel.eventLoop))
                }
            }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    func shutOutput() async throws { try await channel.close(mode: .output) }

    func close() async throws { try await channel.close() }

    /// Ends the connection with a reset.
    func reset() async throws {
        let options = try #require(channel as? any SocketOptionProvider)
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// The next bytes, exactly so many; fewer when the server ends before.
    func bytes(_ count: Int) async throws -> [UInt8] {
        try await take { $0.count >= count ? count : nil }
    }

    /// Text up to and with a mark; what there is when the server ends before.
    func text(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        let bytes = try await take { bytes in
            guard bytes.count >= mark.count else { return nil }
            return (0...bytes.count - mark.count).first { bytes[$0...].starts(with: mark) }.map { $0 + mark.count }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A whole response with a `Content-Length`.
    func response() async throws -> (head: String, body: String) {
        let head = try await text(through: "\r\n\r\n")
        let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
        return (head, String(decoding: try await bytes(length), as: UTF8.self))
    }

    /// Everything up to the server's end.
    func rest() async throws -> [UInt8] { try await take { _ in nil } }

    private func take(_ enough: @escaping @Sendable ([UInt8]) -> Int?) async throws -> [UInt8] {
        try await channel.eventLoop.flatSubmit { self.inbox.value.take(enough, on: self.channel.eventLoop) }.get()
    }
}

/// Collects what comes and answers the one who waits.
private final class Inbox: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var bytes: [UInt8] = []
    private var hasEnded = false
    private var waiting: (enough: ([UInt8]) -> Int?, promise: EventLoopPromise<[UInt8]>)?

    func take(_ enough: @escaping ([UInt8]) -> Int?, on loop: any EventLoop) -> EventLoopFuture<[UInt8]> {
        let promise = loop.makePromise(of: [UInt8].self)
        waiting = (enough, promise)
        answer()
        return promise.futureResult
    }

    private func answer() {
        guard let (enough, promise) = waiting, let count = enough(bytes) ?? (hasEnded ? bytes.count : nil) else { return }
        waiting = nil
        let taken = Array(bytes.prefix(count))
        bytes.removeFirst(count)
        promise.succeed(taken)
    }

    private func end() {
        hasEnded = true
        answer()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Self.unwrapInboundIn(data).readableBytesView
        answer()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { end() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end() }

    func channelInactive(context: ChannelHandlerContext) { end() }
}
