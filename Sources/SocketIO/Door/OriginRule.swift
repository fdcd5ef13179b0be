import NIOHTTP1

/// Which web pages may talk to the server (RFC 6454): those of its own host, and those allowed by name.
///
/// Browsers let any page open a WebSocket and send simple requests, cookies included, to any host; so this
/// holds for all transports.
struct OriginRule: Sendable {
    private let allowed: Set<String>

    init(_ origins: [String]) { allowed = Set(origins.map { $0.lowercased() }) }

    /// Whether answers depend on the origin.
    var isOpenToOthers: Bool { !allowed.isEmpty }

    /// The request's origin, if it was allowed by name and may read answers across sites.
    func foreignOrigin(_ head: HTTPRequestHead) -> String? {
        guard isOpenToOthers, let origin = head.headers.first(name: "Origin") else { return nil }
        return allowed.contains(origin.lowercased()) ? origin : nil
    }

    func check(_ head: HTTPRequestHead) throws(EngineError) {
        guard let named = head.headers.first(name: "Origin") else { return }
        let origin = named.lowercased(), host = head.headers.first(name: "Host")?.lowercased() ?? ""
        guard !allowed.contains(origin) else { return }
        guard !host.isEmpty, origin == "http://" + host || origin == "https://" + host else {
            throw .forbidden("pages of \(origin) may not connect; this server does not allow their origin")
        }
    }
}
