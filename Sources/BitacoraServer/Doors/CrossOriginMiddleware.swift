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
        response.headers.append(contentsOf: policy.headers(for: request.headers[.origin]))
        return response
    }
}
