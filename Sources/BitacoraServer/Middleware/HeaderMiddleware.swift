import HTTPTypes
import Hummingbird
import WebSocket

/// Rejects requests from the pages of other sites, and answers the preflight requests of allowed origins.
struct OriginCheckMiddleware<Context: RequestContext>: RouterMiddleware {
    let policy: OriginPolicy

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let origin = request.headers[.origin]
        do throws(OriginPolicy.Rejection) {
            try policy.check(origin: origin, host: request.head.authority)
            try policy.checkSite(request.headers[.secFetchSite], of: request.method, origin: origin)
        } catch {
            throw Problem(error)
        }
        guard request.method == .options,
            let headers = policy.preflightHeaders(
                for: origin, methods: "GET, HEAD, POST, PUT, PATCH, DELETE",
                requestHeaders:
                    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID")
        else { return try await next(request, context) }
        return Response(status: .noContent, headers: headers)
    }
}

/// Lets the pages of allowed origins read every answer, including problems. Must be added before `ProblemMiddleware`,
/// which makes errors into answers.
struct CrossOriginMiddleware<Context: RequestContext>: RouterMiddleware {
    let policy: OriginPolicy

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers.append(contentsOf: policy.headers(for: request.headers[.origin]))
        return response
    }
}

extension Problem {
    /// The error of a request that the server's origin policy rejects.
    init(_ refusal: OriginPolicy.Rejection) {
        switch refusal.reason {
        case .host: self.init(.misdirectedRequest, "wrong-host", refusal.message)
        case .origin: self.init(.forbidden, "wrong-origin", refusal.message)
        }
    }
}

/// Sets `Cache-Control` in every answer (RFC 9111, section 5.2.2), unless its route has set it.
///
/// An answer with an entity tag is `no-cache`: a cache may keep it, and asks before each use. A 304 has the tag as
/// well, and so the same `Cache-Control` (RFC 9110, section 15.4.5). Every other answer is `no-store`: without
/// `Cache-Control` a cache chooses itself how long it keeps an answer (RFC 9111, section 4.2.2).
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

/// Removes the body of every answer to HEAD. Must be the first middleware, so that the headers are those of GET.
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
