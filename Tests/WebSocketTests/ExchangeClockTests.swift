import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing
@testable import WebSocket

/// An exchange that records the calls of its delegate and is answered by the test.
private final class HeldExchange: HTTPExchangeDelegate {
    private(set) var exchange: HTTPExchange?
    private(set) var calls: [String] = []

    func opened(_ exchange: HTTPExchange) {
        self.exchange = exchange
        calls.append("opened")
    }

    func received(_ body: ByteBuffer, on exchange: HTTPExchange) { calls.append(String(buffer: body)) }

    func requestEnded(_ exchange: HTTPExchange) { calls.append("ended") }

    func quiescing(_ exchange: HTTPExchange) { calls.append("quiescing") }

    func closed(_ exchange: HTTPExchange) { calls.append(exchange.isAnswered ? "answered" : "lost") }
}

/// An HTTP connection on a loop whose clock the test moves; every request is an exchange.
@Suite("Exchanges and time")
struct ExchangeClockTests {
    private let channel = EmbeddedChannel()
    private let held = HeldExchange()

    init() throws {
        var limits = ConnectionLimits()
        limits.stallTime = .seconds(600)
        let held = NIOLoopBound(held, eventLoop: channel.embeddedEventLoop)
        try HTTPHandlers.add(
            to: channel, limits: limits, rejectionBody: { ("text/plain", ByteBuffer(string: $0.code)) }
        ) { _, _ in .exchange { _ in held.value } }
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func receive(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    private func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    private func sent() throws -> String {
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    private func finish() { _ = try? channel.finish(acceptAlreadyClosed: true) }

    @Test("an answer has no time limit; after the answer the connection is idle, and closes in time")
    func longWait() throws {
        try receive(post("/", "body"))
        advance(100_000)
        #expect(held.calls == ["opened", "body", "ended"])
        held.exchange?.answer(.ok, [:], ByteBuffer(string: "at last"))
        #expect(try sent() == "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nat last")
        advance(59)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
        #expect(held.calls == ["opened", "body", "ended", "answered"])
        finish()
    }

    @Test("an exchange whose body does not end in time is closed, and cannot be answered any more")
    func slowBody() throws {
        try receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        advance(29)
        #expect(held.exchange?.isOpen == true)
        advance(1)
        #expect(held.calls == ["opened", "hel", "lost"])
        #expect(held.exchange?.isOpen == false)
        held.exchange?.answer(.ok, [:], ByteBuffer(string: "late"))
        #expect(try sent().hasSuffix("request-timeout"))
        finish()
    }

    @Test("a client that reads its response slowly is not idle, and its next exchange waits")
    func slowReader() throws {
        try receive(get("/a"))
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        held.exchange?.answer(.ok, [:], ByteBuffer(string: "a"))
        try receive(get("/b"))
        advance(300)
        #expect(channel.isActive)
        #expect(held.calls == ["opened", "ended", "answered"])
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(held.calls == ["opened", "ended", "answered", "opened", "ended"])
        finish()
        #expect(held.calls.last == "lost")
    }

    @Test("a client that reads its last response slowly is idle only when it has read the response")
    func slowAndSilent() throws {
        try receive(get("/a"))
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        held.exchange?.answer(.ok, [:], ByteBuffer(string: "a"))
        advance(300)
        #expect(channel.isActive)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        advance(60)
        #expect(!channel.isActive)
        finish()
    }

    @Test("a client that reads nothing is disconnected; one that reads a little has the whole time again")
    func stalled() throws {
        try receive(get("/a"))
        let encoder = try channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        encoder.write(NIOAny(ByteBuffer(repeating: 0, count: 100)), promise: nil)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        advance(599)
        encoder.flush()
        advance(1)
        #expect(channel.isActive)
        advance(599)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
        #expect(held.calls.last == "lost")
        finish()
    }
}
