import NIOCore
import NIOEmbedded
import Testing
@testable import WebSocket

/// A delegate of a stream that records its calls.
private final class RecordingStream: StreamConnectionDelegate {
    private(set) var calls: [String] = []

    func opened(_ connection: StreamConnection) { calls.append("opened") }

    func writabilityChanged(_ connection: StreamConnection) { calls.append("writable \(connection.isWritable)") }

    func quiescing(_ connection: StreamConnection) {
        calls.append("quiescing")
        connection.write(ByteBuffer(string: "goodbye"))
    }

    func closed(_ connection: StreamConnection) { calls.append("closed") }
}

@Suite("Response stream")
struct StreamConnectionTests {
    private let channel = EmbeddedChannel()
    private let halves = HalfClosing()
    private let stream = RecordingStream()
    private let connection: StreamConnection

    init() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        connection = StreamConnection(channel: channel, delegate: stream)
        try channel.pipeline.syncOperations.addHandlers([halves, connection])
    }

    private func sent() throws -> String {
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    @Test("bytes are sent with the flush, and bytes from the client are discarded")
    func writes() throws {
        connection.write(ByteBuffer(string: "a"))
        connection.write(ByteBuffer(string: "b"))
        #expect(try sent() == "")
        connection.flush()
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        #expect(try sent() == "ab")
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
        _ = try? channel.finish()
    }

    @Test("the delegate learns when the client falls behind and catches up")
    func writability() throws {
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(stream.calls == ["opened", "writable false", "writable true"])
        _ = try? channel.finish()
    }

    @Test("a close sends what was written before it, and nothing after")
    func close() throws {
        connection.write(ByteBuffer(string: "last"))
        connection.close()
        connection.close()
        connection.write(ByteBuffer(string: "late"))
        connection.flush()
        #expect(try sent() == "last")
        #expect(stream.calls == ["opened", "closed"])
        #expect(halves.outputIsShut && channel.isActive)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!channel.isActive)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("a client that stays connected after the end is disconnected after five seconds")
    func closeTimeout() throws {
        connection.close()
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("a shutdown lets the delegate write last bytes")
    func quiesce() throws {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(try sent() == "goodbye")
        #expect(stream.calls == ["opened", "quiescing", "closed"])
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
