import NIOCore
import NIOEmbedded
import Testing
@testable import WebSocket

/// A handler whose context closes the connection.
private final class ClosingHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
}

@Suite("Lingering close")
struct LingeringCloseTests {
    private let channel = EmbeddedChannel()
    private let halves = HalfClosing()
    private let written: EventLoopPromise<Void>

    init() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        written = channel.eventLoop.makePromise()
    }

    /// Starts to close with ten unsent bytes and a limit of two seconds.
    private func close(waitsWhileTaken: Bool) throws -> LingeringClose {
        let handler = ClosingHandler()
        try channel.pipeline.syncOperations.addHandlers([halves, handler])
        channel.write(ByteBuffer(repeating: 0, count: 10), promise: nil)
        return LingeringClose(
            context: try channel.pipeline.syncOperations.context(handler: handler), limit: .seconds(2),
            written: written.futureResult, waitsWhileTaken: waitsWhileTaken)
    }

    private func finish() { _ = try? channel.finish(acceptAlreadyClosed: true) }

    @Test(
        "the limit starts again when the peer has taken bytes, if that is enabled, and ends when it has not",
        arguments: [true, false])
    func slowPeer(waits: Bool) throws {
        let closing = try close(waitsWhileTaken: waits)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        channel.flush()
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(channel.isActive == waits)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
        closing.cancel()
        written.succeed()
        finish()
    }

    @Test("a peer that has taken everything has the whole limit to close")
    func peerStays() throws {
        let closing = try close(waitsWhileTaken: true)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        written.succeed()
        #expect(halves.outputIsShut)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1999))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
        closing.cancel()
        finish()
    }

    @Test("a peer that closes before the last bytes are sent still gets them")
    func peerEndsFirst() throws {
        let closing = try close(waitsWhileTaken: true)
        closing.inputClosed()
        #expect(channel.isActive)
        written.succeed()
        #expect(!channel.isActive)
        finish()
    }
}
