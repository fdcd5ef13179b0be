import HTTPTypes
import Hummingbird

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
