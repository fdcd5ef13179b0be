import NIOHTTP1

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
    func common(for head: HTTPRequestHead, _ origins: OriginRule) -> HTTPHeaders {
        guard origins.isOpenToOthers else { return own }
        var headers = own
        headers.add(name: "Vary", value: "Origin")
        if let origin = origins.foreignOrigin(head) {
            headers.replaceOrAdd(name: "Access-Control-Allow-Origin", value: origin)
            headers.replaceOrAdd(name: "Access-Control-Allow-Credentials", value: "true")
        }
        return headers
    }

    func preflight(_ head: HTTPRequestHead, _ common: HTTPHeaders, _ origins: OriginRule) -> HTTPHeaders {
        guard origins.foreignOrigin(head) != nil else { return common }
        var headers = common
        headers.replaceOrAdd(name: "Access-Control-Allow-Methods", value: "GET, POST")
        if let wanted = head.headers.first(name: "Access-Control-Request-Headers") {
            headers.replaceOrAdd(name: "Access-Control-Allow-Headers", value: wanted)
        }
        headers.replaceOrAdd(name: "Access-Control-Max-Age", value: "600")
        return headers
    }
}
