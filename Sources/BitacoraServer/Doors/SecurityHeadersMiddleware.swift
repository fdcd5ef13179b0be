import HTTPTypes
import Hummingbird

/// Headers that keep a page from being framed, sniffed or made to run what is not ours.
struct SecurityHeadersMiddleware<Context: RequestContext>: RouterMiddleware {
    private let headers: HTTPFields

    /// - Parameter images: the origins whose pictures the pages may load.
    init(images: ImageOrigins) {
        headers = [
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

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for header in headers { response.headers[header.name] = header.value }
        // A page of an origin allowed by name reads answers across sites.
        if response.headers[.accessControlAllowOrigin] != nil {
            response.headers[.crossOriginResourcePolicy] = "cross-origin"
        }
        return response
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
