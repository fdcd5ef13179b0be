package import NIOCore
package import NIOHTTP1
package import WebSocket

/// The headers and bodies of the responses to one polling request.
struct PollingResponses: Sendable {
    static let ok = ByteBuffer(string: "ok")

    /// The number of packets that python-engineio decodes of one response (`Payload.max_decode_packets`). It fails for a
    /// response with more.
    private static let pythonPackets = 16

    /// The largest response that is compressed, in bytes: a larger one would block the event loop for milliseconds.
    private static let largestCompressed = 256 << 10

    private let common: HTTPHeaders
    private let compressionThreshold: Int?

    /// - Parameters:
    ///   - common: the headers of every response.
    ///   - compressionThreshold: the number of bytes from which packets are compressed; nil when the client does not
    ///     accept gzip.
    init(_ common: HTTPHeaders, compressionThreshold: Int?) {
        self.common = common
        self.compressionThreshold = compressionThreshold
    }

    /// The maximum number of packets in one response for the client that began its session with this request.
    ///
    /// Python's clients, recognized by their HTTP libraries, have a limit. Other clients get all packets at once, because
    /// a poll for every 16 packets would be slow.
    static func maximumPackets(_ request: HandshakeRequest) -> Int {
        guard let agent = request.header("User-Agent") else { return .max }
        return agent.hasPrefix("python-requests/") || agent.contains(" aiohttp/") ? pythonPackets : .max
    }

    /// The response to a GET.
    func packets(_ packets: ByteBuffer) -> (headers: HTTPHeaders, body: ByteBuffer) {
        var headers = common
        headers.add(name: "Content-Type", value: "text/plain; charset=UTF-8")
        guard let compressionThreshold, packets.readableBytes >= compressionThreshold,
            packets.readableBytes <= Self.largestCompressed, let compressed = Gzip.compressed(packets)
        else { return (headers, packets) }
        headers.add(name: "Content-Encoding", value: "gzip")
        headers.add(name: "Vary", value: "Accept-Encoding")
        return (headers, compressed)
    }

    /// The headers of the response to a POST.
    var posted: HTTPHeaders { common(with: "text/html") }

    /// The headers of an error.
    var json: HTTPHeaders { common(with: "application/json") }

    private func common(with type: String) -> HTTPHeaders {
        var headers = common
        headers.add(name: "Content-Type", value: type)
        return headers
    }
}

/// The headers of every response: those of the options, and those that let pages of allowed origins read it.
struct ResponseHeaders: Sendable {
    private let own: HTTPHeaders

    init(_ options: SocketIOOptions) {
        for (name, value) in options.headers {
            precondition(
                !name.isEmpty && (name + value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F },
                "SocketIOOptions.headers: the header \(name) has an empty name or contains a control character")
        }
        var own = HTTPHeaders(options.headers)
        // Without Cache-Control a cache may keep a response for as long as it likes (RFC 9111, section 4.2.2).
        if !own.contains(name: "Cache-Control") { own.add(name: "Cache-Control", value: "no-store") }
        self.own = own
    }

    /// The headers of every response to a request. Errors need them too: without them a page cannot distinguish an error
    /// from a broken network.
    func common(for head: HTTPRequestHead, _ origins: OriginPolicy) -> HTTPHeaders {
        var headers = own
        headers.add(origins.headers(for: head.headers.first(name: "Origin")))
        return headers
    }

    func preflight(_ head: HTTPRequestHead, _ common: HTTPHeaders, _ origins: OriginPolicy) -> HTTPHeaders {
        let fields = origins.preflightHeaders(
            for: head.headers.first(name: "Origin"), methods: "GET, POST",
            requestHeaders: head.headers.first(name: "Access-Control-Request-Headers"))
        var headers = common
        if let fields { headers.add(fields) }
        return headers
    }
}

/// Answers a request with a response that does not depend on its body, when the whole request has come.
///
/// The body is discarded. If it exceeds a limit, the response is sent before its end, and the connection closes. A client
/// that waits for `100 Continue` gets the response at once.
package final class FixedResponse: HTTPExchangeDelegate {
    private let status: HTTPResponseStatus
    private let headers: HTTPHeaders
    private let body: ByteBuffer
    private var allowance: Int

    /// - Parameter maximumBody: the maximum number of bytes of the request's body that are read before the response.
    package init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer, maximumBody: Int = 1 << 16) {
        self.status = status
        self.headers = headers
        self.body = body
        allowance = maximumBody
    }

    package func opened(_ exchange: HTTPExchange) {
        if exchange.head.expectsContinue { answer(exchange) }
    }

    package func received(_ body: ByteBuffer, on exchange: HTTPExchange) {
        allowance -= body.readableBytes
        if allowance < 0 { answer(exchange) }
    }

    package func requestEnded(_ exchange: HTTPExchange) { answer(exchange) }

    package func quiescing(_ exchange: HTTPExchange) { answer(exchange) }

    package func closed(_ exchange: HTTPExchange) {}

    private func answer(_ exchange: HTTPExchange) { exchange.answer(status, headers, body) }
}
