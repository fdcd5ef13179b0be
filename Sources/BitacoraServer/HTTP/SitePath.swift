import HTTPTypes
import Hummingbird

/// Paths of this site that a client names.
enum SitePath {
    /// The longest path that is used, in bytes.
    private static let maximumBytes = 2048

    /// Whether an address leads to this site: one `/`, and no second one, which would begin a host. Browsers read `\`
    /// as `/`.
    static func isPath(_ address: String) -> Bool {
        let bytes = Array(address.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= maximumBytes else { return false }
        guard bytes.count == 1 || bytes[1] != UInt8(ascii: "/") else { return false }
        return bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
    }

    /// The path, with its query, of the page that a request was sent from; nil when that is a page of another site or
    /// unknown.
    static func ofReferer(_ request: Request) -> String? {
        guard let referer = request.headers[.referer], let host = request.head.authority else { return nil }
        for scheme in ["http://", "https://"] where referer.hasPrefix(scheme + host) {
            let path = String(referer.dropFirst(scheme.count + host.count))
            if isPath(path) { return path }
        }
        return nil
    }
}
