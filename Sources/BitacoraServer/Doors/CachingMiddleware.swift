import HTTPTypes
import Hummingbird

/// Says for every answer whether caches may keep it (RFC 9111, section 5.2.2), unless its route has said so.
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
