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
        guard let origin, policy.isForeign(origin) else { return try await next(request, context) }
        var response = request.method == .options ? Response(status: .noContent) : try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.vary] = "Origin"
        if request.method == .options {
            response.headers[.accessControlAllowMethods] = "GET, HEAD, POST, PUT, PATCH, DELETE"
            response.headers[.accessControlAllowHeaders] = "Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
            response.headers[.accessControlMaxAge] = "600"
        } else {
            response.headers[.accessControlExposeHeaders] = "ETag, Location, Retry-After"
        }
        return response
    }
}
