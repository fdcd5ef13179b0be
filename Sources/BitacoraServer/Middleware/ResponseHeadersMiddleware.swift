import HTTPTypes
import Hummingbird

/// The headers that keep a browser from showing a page in a frame, guessing media types and running foreign scripts.
struct SecurityHeaders: Sendable {
    private let fields: HTTPFields

    /// - Parameter images: the origins whose pictures the pages may load.
    init(images: ImageOrigins) {
        fields = [
            .contentSecurityPolicy:
                "default-src 'none'; script-src 'self'; style-src 'self'; \(images.directive); connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
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

/// Sets `Cache-Control` in every answer (RFC 9111, section 5.2.2), unless its route has set it.
///
/// An answer with an entity tag is `no-cache`: a cache may keep it, and asks before each use. A 304 has the tag too, and
/// so the same `Cache-Control` (RFC 9110, section 15.4.5). Every other answer is `no-store`: without `Cache-Control` a
/// cache chooses itself how long it keeps an answer (RFC 9111, section 4.2.2).
struct CachingMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        if response.headers[.cacheControl] == nil {
            response.headers[.cacheControl] = response.headers[.eTag] == nil ? "no-store" : "no-cache"
        }
        return response
    }
}

/// Leaves the body out of every answer to HEAD; must be the first middleware, so that the headers are those of GET.
///
/// An answer whose body has no known length has no `Content-Length` either: a length other than that of GET is not
/// allowed (RFC 9110, section 8.6), and Hummingbird's own endpoints for HEAD send 0.
struct HeadMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        guard request.method == .head else { return response }
        var answer = response.createHeadResponse()
        answer.headers[.contentLength] = response.headers[.contentLength]
        return answer
    }
}

extension HTTPField.Name {
    static let xFrameOptions = Self("X-Frame-Options")!
    static let referrerPolicy = Self("Referrer-Policy")!
    static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!
    static let crossOriginResourcePolicy = Self("Cross-Origin-Resource-Policy")!
    static let secFetchSite = Self("Sec-Fetch-Site")!
    static let idempotencyKey = Self("Idempotency-Key")!
    static let lastEventID = Self("Last-Event-ID")!
}
