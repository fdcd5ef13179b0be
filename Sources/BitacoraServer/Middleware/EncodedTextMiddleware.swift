import Hummingbird

/// Refuses requests whose address cannot be decoded.
struct EncodedTextMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        try EncodedText.check(target: request.head.path ?? "")
        return try await next(request, context)
    }
}
