import NIOCore
import NIOHTTP1
import WebSocket

/// How the answers to one polling request look.
struct PollingResponses: Sendable {
    static let ok = ByteBuffer(string: "ok")

    /// Packets that python-engineio decodes of one answer; it gives up on one with more
    /// (`Payload.max_decode_packets`).
    private static let pythonPackets = 16

    /// The largest answer that is compressed, in bytes: a larger one would block the event loop for milliseconds.
    private static let largestCompressed = 256 << 10

    private let common: HTTPHeaders
    private let compressionThreshold: Int?

    /// - Parameters:
    ///   - common: the headers of every answer.
    ///   - compressionThreshold: from how many bytes on packets are compressed; nil when the client accepts none.
    init(_ common: HTTPHeaders, compressionThreshold: Int?) {
        self.common = common
        self.compressionThreshold = compressionThreshold
    }

    /// How many packets the client that began a session with this request takes in one answer.
    ///
    /// Python's clients, known by their HTTP libraries, have a limit. For others there is none, as a poll
    /// for each few packets would make everything slow.
    static func maximumPackets(_ request: HandshakeRequest) -> Int {
        guard let agent = request.header("User-Agent") else { return .max }
        return agent.hasPrefix("python-requests/") || agent.contains(" aiohttp/") ? pythonPackets : .max
    }

    /// The answer to a GET.
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

    /// The headers of the answer to a POST.
    var posted: HTTPHeaders { common(with: "text/html") }

    var json: HTTPHeaders { common(with: "application/json") }

    private func common(with type: String) -> HTTPHeaders {
        var headers = common
        headers.add(name: "Content-Type", value: type)
        return headers
    }
}

/// The headers that every answer has: the application's, and what lets pages of other origins read it.
struct ResponseHeaders: Sendable {
    private let own: HTTPHeaders

    init(_ options: SocketIOOptions) {
        for (name, value) in options.headers {
            precondition(
                !name.isEmpty && (name + value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F },
                "a header may not hold control characters: \(name)")
        }
        var own = HTTPHeaders(options.headers)
        // Without Cache-Control a cache chooses itself how long it keeps an answer (RFC 9111, section 4.2.2).
        if !own.contains(name: "Cache-Control") { own.add(name: "Cache-Control", value: "no-store") }
        self.own = own
    }

    /// On errors too, or a page cannot tell them from a broken network.
    func common(for head: HTTPRequestHead, _ origins: OriginPolicy) -> HTTPHeaders {
        guard origins.allowsForeignOrigins else { return own }
        var headers = own
        headers.add(name: "Vary", value: "Origin")
        if let origin = origins.allowedForeignOrigin(head) {
            headers.replaceOrAdd(name: "Access-Control-Allow-Origin", value: origin)
            headers.replaceOrAdd(name: "Access-Control-Allow-Credentials", value: "true")
        }
        return headers
    }

    func preflight(_ head: HTTPRequestHead, _ common: HTTPHeaders, _ origins: OriginPolicy) -> HTTPHeaders {
        guard origins.allowedForeignOrigin(head) != nil else { return common }
        var headers = common
        headers.replaceOrAdd(name: "Access-Control-Allow-Methods", value: "GET, POST")
        if let wanted = head.headers.first(name: "Access-Control-Request-Headers") {
            headers.replaceOrAdd(name: "Access-Control-Allow-Headers", value: wanted)
        }
        headers.replaceOrAdd(name: "Access-Control-Max-Age", value: "600")
        return headers
    }
}

/// AckResponses a request with what is known already, when the whole of it is there.
///
/// The body is thrown away; beyond a limit the answer comes before its end, and the connection closes. A client that
/// waits for `100 Continue` gets the answer at once.
final class FixedResponse: ExchangeApplication {
    private let status: HTTPResponseStatus
    private let headers: HTTPHeaders
    private let body: ByteBuffer
    private var allowance: Int

    /// - Parameter maximumBody: how many bytes of the request's body are waited for.
    init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer, maximumBody: Int = 1 << 16) {
        self.status = status
        self.headers = headers
        self.body = body
        allowance = maximumBody
    }

    func opened(_ exchange: Exchange) {
        if exchange.head.expectsContinue { answer(exchange) }
    }

    func received(_ body: ByteBuffer, on exchange: Exchange) {
        allowance -= body.readableBytes
        if allowance < 0 { answer(exchange) }
    }

    func requestEnded(_ exchange: Exchange) { answer(exchange) }

    func quiescing(_ exchange: Exchange) { answer(exchange) }

    func closed(_ exchange: Exchange) {}

    private func answer(_ exchange: Exchange) { exchange.answer(status, headers, body) }
}
