import HTTPTypes

/// Which web pages may talk to this server (RFC 6454).
///
/// A browser names the page's origin with every request that could do harm
/// from another site; it must be this host, or one that was allowed by name.
/// A server that listens on loopback only also insists on its own names in
/// `Host`: otherwise a page of a foreign name that resolves to 127.0.0.1 (DNS
/// rebinding) would count as this host.
struct OriginPolicy: Sendable {
    private let allowedOrigins: Set<String>
    private let allowedHosts: Set<String>
    private let insistsOnHost: Bool

    /// - Parameters:
    ///   - allowedOrigins: `https://shop.example`, as browsers write them.
    ///   - isLoopback: whether the server listens on loopback only.
    init(allowedOrigins: [String], isLoopback: Bool) {
        self.allowedOrigins = Set(allowedOrigins.map { $0.lowercased() })
        allowedHosts = Set(
            self.allowedOrigins.compactMap { $0.split(separator: "://", maxSplits: 1).last.map(String.init) })
        insistsOnHost = isLoopback
    }

    /// Whether the origin was allowed by name, and may read answers across sites.
    func isForeign(_ origin: String) -> Bool { allowedOrigins.contains(origin.lowercased()) }

    /// The headers that let pages of another origin read an answer (Fetch standard, section 3.3): pages of an origin that
    /// was allowed by name, also with cookies and HTTP authentication. If any origin is allowed, every answer has `Vary`.
    func headers(for origin: String?) -> HTTPFields {
        guard !allowedOrigins.isEmpty else { return [:] }
        var headers: HTTPFields = [.vary: "Origin"]
        guard let origin, isForeign(origin) else { return headers }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlAllowCredentials] = "true"
        headers[.accessControlExposeHeaders] = "ETag, Location, Retry-After"
        return headers
    }

    /// Throws unless a request with these headers may be answered.
    func check(origin: String?, host: String?) throws(Problem) {
        // Only browsers are led astray by a foreign name, and they always say which.
        if origin == nil, host == nil { return }
        let host = host?.lowercased() ?? ""
        if insistsOnHost, !Self.isLoopback(Self.name(ofHost: host)), !allowedHosts.contains(host) {
            throw Problem(
                .misdirectedRequest, "wrong-host",
                "this server does not answer for host '\(host)'; allow its pages with --allow-origin")
        }
        guard let origin = origin?.lowercased(), !allowedOrigins.contains(origin) else { return }
        guard !host.isEmpty, origin == "http://" + host || origin == "https://" + host else {
            throw Problem(
                .forbidden, "wrong-origin",
                "pages of \(origin) may not talk to this server; allow them with --allow-origin")
        }
    }

    /// Throws when a browser says that what would change something was sent by a page of another site.
    ///
    /// For browsers that name no origin with what a form sends; `check` looks at those that do. Only browsers send
    /// `Sec-Fetch-Site` (Fetch Metadata, section 2.4), and no page can change it: `none` is the visitor's own doing.
    func checkSite(_ site: String?, of method: HTTPRequest.Method, origin: String?) throws(Problem) {
        guard origin == nil, let site, ![.get, .head, .options].contains(method), site != "same-origin", site != "none"
        else { return }
        throw Problem(
            .forbidden, "wrong-origin", "this was sent by a page of another site, and its browser does not say which")
    }

    /// Whether a host, without its port, can only be this machine: `127.evil.example` may be any.
    static func isLoopback(_ name: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(name) { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil && $0.first != "+" }
    }

    /// The host without its port; empty where what follows the host is no port (`[::1].evil.example`).
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
