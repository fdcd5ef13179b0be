import HTTPTypes
import Hummingbird
import WebSocket

/// Refuses requests of pages of other sites, and answers the preflight requests of allowed ones.
struct OriginCheckMiddleware<Context: RequestContext>: RouterMiddleware {
    let policy: OriginPolicy

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let origin = request.headers[.origin]
        do throws(OriginPolicy.Refusal) {
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

/// Lets pages of allowed origins read every answer, also problems: must be outside of the middleware that makes errors
/// into problems.
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
    /// The answer to a request that the server's origin policy refuses.
    init(_ refusal: OriginPolicy.Refusal) {
        switch refusal.reason {
        case .host: self.init(.misdirectedRequest, "wrong-host", refusal.message)
        case .origin: self.init(.forbidden, "wrong-origin", refusal.message)
        }
    }
}
