import HTTPTypes
import Hummingbird

/// Lets pages of origins allowed by name read every answer, problems too: it
/// stands before what makes errors into problems.
struct CrossOriginMiddleware<Context: RequestContext>: RouterMiddleware {
    let policy: OriginPolicy

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let origin = request.headers[.origin], policy.isForeign(origin) else { return response }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.vary] = "Origin"
        response.headers[.accessControlExposeHeaders] = "ETag, Location, Retry-After"
        return response
    }
}
