import HTTPTypes
import Hummingbird

/// Turns requests from other sites away, and answers their browsers' questions.
struct DoorsMiddleware<Context: RequestContext>: RouterMiddleware {
    let policy: OriginPolicy

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let origin = request.headers[.origin]
        try policy.check(origin: origin, host: request.head.authority)
        try policy.checkSite(request.headers[.secFetchSite], of: request.method, origin: origin)
        guard let origin, policy.isForeign(origin), request.method == .options else {
            return try await next(request, context)
        }
        var response = Response(status: .noContent)
        response.headers[.accessControlAllowMethods] = "GET, HEAD, POST, PUT, PATCH, DELETE"
        response.headers[.accessControlAllowHeaders] =
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
        response.headers[.accessControlMaxAge] = "600"
        return response
    }
}
