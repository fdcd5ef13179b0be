import NIOCore
import NIOPosix
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A TCP client that sends and expects bytes.
final class RawClient: ByteClient {
    let channel: any Channel
    let inbox: NIOLoopBound<ByteInbox>

    private init(channel: any Channel, inbox: NIOLoopBound<ByteInbox>) {
        self.channel = channel
        self.inbox = inbox
    }

    /// - Parameter reads: whether the client reads at once, or leaves all bytes in the system's buffer until `startReading`.
    static func connect(to port: Int, reads: Bool = true) async throws -> RawClient {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let inbox = ByteInbox()
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

    /// A whole response with a `Content-Length`.
    func response() async throws -> (head: String, body: String) {
        let head = try await text(through: "\r\n\r\n")
        let length =
            head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
        return (head, String(decoding: try await bytes(length), as: UTF8.self))
    }
}
