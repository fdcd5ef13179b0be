import HTTPTypes
import Hummingbird

/// An origin of another site whose pictures the pages may load (RFC 6454): a scheme, a host name and a port.
public struct ImageOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The origin as browsers write it: in lower case, and without the default port of its scheme.
    public let description: String

    /// Reads an origin.
    ///
    /// - Parameter text: such as `https://cdn.example` or `http://127.0.0.1:9000`.
    /// - Returns: nil unless `text` is `http://` or `https://`, a host name or an IPv4 address, and an optional port. A
    ///   path, even `/`, and a wildcard are rejected because they mean something else in a Content-Security-Policy, and
    ///   an IPv6 address because it is not valid there.
    public init?(_ text: String) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, ["http:", "https:"].contains(parts[0]) else { return nil }
        let authority = parts[2].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = authority.first, Self.isHost(host) else { return nil }
        guard authority.count > 1 else {
            description = "\(parts[0])//\(host)"
            return
        }
        let digits = authority[1]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
            return nil
        }
        let isUsual = port == (parts[0] == "https:" ? 443 : 80)
        description = "\(parts[0])//\(host)" + (isUsual ? "" : ":\(port)")
    }

    /// Letters, digits and hyphens between dots, as a Content-Security-Policy allows; no character that could end the
    /// directive.
    private static func isHost(_ name: Substring) -> Bool {
        name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty
                && label.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                }
        }
    }
}

/// The origins whose pictures the pages show, apart from their own.
///
/// The Content-Security-Policy keeps browsers from loading any other picture: each visitor's browser would report the
/// visit to another site.
public struct ImageOrigins: Sendable {
    private let origins: Set<ImageOrigin>

    /// Allows the pictures of these origins.
    public init(_ origins: [ImageOrigin] = []) { self.origins = Set(origins) }

    /// The allowed origins in alphabetical order, separated by spaces.
    public var list: String { origins.map(\.description).sorted().joined(separator: " ") }

    /// `img-src 'self' data: https://cdn.example`
    var directive: String { origins.isEmpty ? "img-src 'self' data:" : "img-src 'self' data: " + list }

    /// Returns whether a page may show a picture.
    ///
    /// - Parameter address: an `http:` or `https:` URL, or a path, which is always allowed.
    public func allows(_ address: String) -> Bool {
        let scheme = address.prefix { $0 != ":" && $0 != "/" && $0 != "?" && $0 != "#" }
        let rest = address.dropFirst(scheme.count)
        // A path belongs to the page's own site.
        guard rest.hasPrefix("://") else { return true }
        let authority = rest.dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return ImageOrigin("\(scheme)://\(authority)").map { origins.contains($0) } ?? false
    }
}

/// The headers that keep a browser from showing a page in a frame, from guessing media types, and from running scripts
/// of other sites.
struct SecurityHeaders: Sendable {
    private let fields: HTTPFields

    /// - Parameter images: the origins whose pictures the pages may load.
    init(images: ImageOrigins) {
        fields = [
            .contentSecurityPolicy:
                "default-src 'none'; script-src 'self'; style-src 'self'; \(images.directive); font-src 'self'; "
                + "media-src 'self'; manifest-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
                + "frame-ancestors 'none'",
            .xContentTypeOptions: "nosniff",
            .xFrameOptions: "DENY",
            .referrerPolicy: "same-origin",
            .crossOriginOpenerPolicy: "same-origin",
            .crossOriginResourcePolicy: "same-origin",
        ]
    }

    /// Sets the headers in an answer that already has its headers for pages of other origins.
    func set(in headers: inout HTTPFields) {
        for field in fields { headers[field.name] = field.value }
        // A page of an allowed origin reads answers across sites.
        if headers[.accessControlAllowOrigin] != nil { headers[.crossOriginResourcePolicy] = "cross-origin" }
    }
}

/// Sets the security headers of every answer of the routes.
struct SecurityHeadersMiddleware<Context: RequestContext>: RouterMiddleware {
    private let headers: SecurityHeaders

    /// - Parameter images: the origins whose pictures the pages may load.
    init(images: ImageOrigins) { headers = SecurityHeaders(images: images) }

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        headers.set(in: &response.headers)
        return response
    }
}
