import NIOHTTP1
import WebSocket

/// The headers that every answer has: the application's, and what lets pages of other origins read it.
struct AnswerHeaders: Sendable {
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
