import NIOCore
import NIOHTTP1
import WebSocket

/// An exchange whose path says how it is answered.
///
/// - `/x/now`: in `opened`; `/x/echo`: at the request's end, with its body; `/x/small`: 413 beyond eight
///   bytes; `/x/large`: with more than a connection's buffers hold; `/x/close`: and the connection closes;
///   `/x/wait`: when the test says so.
final class TestExchange: HTTPExchangeDelegate {
    static let largeBytes = 32 << 20

    /// An exchange that waits, for the test to answer from outside the event loop.
    struct Wait: Sendable {
        fileprivate let exchange: NIOLoopBound<HTTPExchange>
        fileprivate let loop: any EventLoop

        func answer(_ text: String) {
            loop.execute { exchange.value.answer(.ok, [:], ByteBuffer(string: text)) }
        }
    }

    private let ended: AsyncStream<String>.Continuation
    private let waiting: AsyncStream<Wait>.Continuation
    private var body = ByteBuffer()

    init(_ ended: AsyncStream<String>.Continuation, _ waiting: AsyncStream<Wait>.Continuation) {
        self.ended = ended
        self.waiting = waiting
    }

    func opened(_ exchange: HTTPExchange) {
        if exchange.head.uri == "/x/now" { exchange.answer(.ok, ["X-Test": "now"], ByteBuffer(string: "now\n")) }
    }

    func received(_ bytes: ByteBuffer, on exchange: HTTPExchange) {
        body.writeImmutableBuffer(bytes)
        guard exchange.head.uri == "/x/small", body.readableBytes > 8 else { return }
        exchange.answer(.payloadTooLarge, [:], ByteBuffer(string: "too large\n"))
    }

    func requestEnded(_ exchange: HTTPExchange) {
        switch exchange.head.uri {
        case "/x/wait":
            waiting.yield(
                Wait(
                    exchange: NIOLoopBound(exchange, eventLoop: exchange.channel.eventLoop),
                    loop: exchange.channel.eventLoop))
        case "/x/large": exchange.answer(.ok, [:], ByteBuffer(repeating: 0x61, count: Self.largeBytes))
        case "/x/204": exchange.answer(.noContent, [:], ByteBuffer())
        default: exchange.answer(.ok, [:], body, close: exchange.head.uri == "/x/close")
        }
    }

    func quiescing(_ exchange: HTTPExchange) { exchange.answer(.ok, [:], ByteBuffer(string: "bye\n")) }

    func closed(_ exchange: HTTPExchange) {
        ended.yield("\(exchange.head.uri) \(exchange.isAnswered ? "answered" : "lost")")
    }
}
