package import HTTPTypes
package import NIOHTTP1

/// Decides which web pages may use a server (RFC 6454), and which headers let them read its answers (Fetch, section 3.3).
///
/// Browsers let any page open a WebSocket and send simple requests, cookies included, to any host, and name the origin
/// of the page. The origin must be this host or an allowed origin, for every transport. A server that listens on
/// loopback only also requires its own names in `Host`: otherwise a page of a foreign name that resolves to 127.0.0.1
/// (DNS rebinding) would count as this host.
///
/// ```
///  request ──► check, checkSite ──► refused: 421 or 403
///                   │
///                   └─► answered: the answer has `headers`, a preflight `preflightHeaders` too
/// ```
package struct OriginPolicy: Sendable {
    /// Why a request is refused.
    package struct Rejection: Error, Equatable {
        package enum Reason: Sendable {
            /// `Host` is not a name of this server.
            case host
            /// The page belongs to an origin that is not allowed.
            case origin
        }

        package let reason: Reason
        package let message: String
    }

    private let allowedOrigins: Set<String>
    private let allowedHosts: Set<String>
    private let requiresOwnHost: Bool
    private let exposedHeaders: String?
    private let remedy: String?

    /// - Parameters:
    ///   - allowedOrigins: origins as browsers write them: `https://shop.example`.
    ///   - isLoopback: whether the server listens on loopback only.
    ///   - exposedHeaders: the headers of answers that pages of allowed origins may read, separated by commas.
    ///   - remedy: how to allow an origin, for the message of a refusal.
    package init(allowedOrigins: [String], isLoopback: Bool, exposedHeaders: String? = nil, remedy: String? = nil) {
        self.allowedOrigins = Set(allowedOrigins.map { $0.lowercased() })
        allowedHosts = Set(
            self.allowedOrigins.compactMap { $0.split(separator: "://", maxSplits: 1).last.map(String.init) })
        requiresOwnHost = isLoopback
        self.exposedHeaders = exposedHeaders
        self.remedy = remedy
    }

    // MARK: Requests

    /// Throws unless a request with these headers may be answered.
    package func check(origin: String?, host: String?) throws(Rejection) {
        // DNS rebinding needs a browser, and browsers always send Host.
        if origin == nil, host == nil { return }
        let host = host?.lowercased() ?? ""
        if requiresOwnHost, !Self.isLoopback(Self.name(ofHost: host)), !allowedHosts.contains(host) {
            throw rejection(.host, "host '\(host)' is not a name of this server")
        }
        guard let origin = origin?.lowercased(), !allowedOrigins.contains(origin) else { return }
        guard !host.isEmpty, origin == "http://" + host || origin == "https://" + host else {
            throw rejection(.origin, "pages of origin \(origin) are not allowed to use this server")
        }
    }

    /// Throws unless a request with this head may be answered.
    package func check(_ head: HTTPRequestHead) throws(Rejection) {
        try check(origin: head.headers.first(name: "Origin"), host: head.headers.first(name: "Host"))
    }

    /// Throws when a browser reports that a page of another site sent a request that changes something.
    ///
    /// For browsers that send a form without `Origin`; ``check(origin:host:)`` decides about requests with `Origin`.
    /// Only browsers send `Sec-Fetch-Site` (Fetch Metadata, section 2.4), and no page can change it. `none` is an action
    /// of the visitor, such as opening a bookmark.
    package func checkSite(_ site: String?, of method: HTTPRequest.Method, origin: String?) throws(Rejection) {
        guard origin == nil, let site, ![.get, .head, .options].contains(method), site != "same-origin", site != "none"
        else { return }
        throw Rejection(
            reason: .origin, message: "the request was sent by a page of another site, and has no Origin header")
    }

    private func rejection(_ reason: Rejection.Reason, _ message: String) -> Rejection {
        Rejection(reason: reason, message: message + (remedy.map { "; \($0)" } ?? ""))
    }

    // MARK: Answers

    /// Whether `origin` is allowed by name, so that its pages may read answers across sites.
    package func allows(_ origin: String) -> Bool { allowedOrigins.contains(origin.lowercased()) }

    /// The headers of an answer to a request with this `Origin`: pages of an allowed origin may read the answer, also
    /// with cookies and HTTP authentication. If any origin is allowed, every answer has `Vary`.
    package func headers(for origin: String?) -> HTTPFields {
        guard !allowedOrigins.isEmpty else { return [:] }
        var headers: HTTPFields = [.vary: "Origin"]
        guard let origin, allows(origin) else { return headers }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlAllowCredentials] = "true"
        headers[.accessControlExposeHeaders] = exposedHeaders
        return headers
    }

    /// The further headers of the answer to a preflight request (OPTIONS); nil unless `origin` is allowed.
    ///
    /// - Parameters:
    ///   - methods: the methods that pages may use, separated by commas.
    ///   - requestHeaders: the headers that pages may send, separated by commas.
    package func preflightHeaders(for origin: String?, methods: String, requestHeaders: String?) -> HTTPFields? {
        guard let origin, allows(origin) else { return nil }
        var headers: HTTPFields = [.accessControlAllowMethods: methods, .accessControlMaxAge: "600"]
        headers[.accessControlAllowHeaders] = requestHeaders
        return headers
    }

    // MARK: Hosts

    /// Whether a host, without its port, can only be this machine: `127.evil.example` can be any machine.
    package static func isLoopback(_ name: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(name) { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil && $0.first != "+" }
    }

    /// The host without its port; empty where the text after the host is not a port (`[::1].evil.example`).
    private static func name(ofHost host: String) -> String {
        let end =
            host.hasPrefix("[") ? host.firstIndex(of: "]").map { host.index(after: $0) } : host.firstIndex(of: ":")
        guard let end else { return host }
        let port = host[end...]
        guard port.isEmpty || port.first == ":" && port.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return ""
        }
        return String(host[..<end])
    }
}

extension HTTPHeaders {
    /// Adds the fields of another representation of headers. Fields with these names are replaced, except `Vary`.
    package mutating func add(_ fields: HTTPFields) {
        for field in fields {
            if field.name == .vary {
                add(name: field.name.rawName, value: field.value)
            } else {
                replaceOrAdd(name: field.name.rawName, value: field.value)
            }
        }
    }
}
