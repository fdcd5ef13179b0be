import Handlebars
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import WebSocket

/// Answers every error with a problem document or an error page. An unexpected error is logged, and its answer does not
/// contain the details.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Makes the error page for browsers; returns nil when the page cannot be rendered.
    let page: @Sendable (Problem, Request) -> Response?
    /// Makes the page that shows an error in a template; returns nil when visitors must not see such errors.
    let templateErrorPage: @Sendable (TemplateError) -> Response?

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Self.problem(error, request, context)
            return (error as? TemplateError).flatMap(templateErrorPage) ?? answer(problem, request, context)
        }
    }

    private func answer(_ problem: Problem, _ request: Request, _ context: Context) -> Response {
        guard Self.mayBePage(request) else { return problem.response(from: request, context: context) }
        let page = Self.wantsPage(request) ? page(problem, request) : nil
        var answer = page ?? problem.response(from: request, context: context)
        answer.headers.append(HTTPField(name: .vary, value: "Accept"))
        return answer
    }

    private static func problem(_ error: any Error, _ request: Request, _ context: Context) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPError where error.status == .notFound: return .notFound
        case let error as HTTPError: return Problem(error.status, "refused", error.body ?? error.status.reasonPhrase)
        case is CancellationError, is UnfinishedBody, is IOError:
            // An `IOError` is of the connection: files and the log have errors of their own.
            return Problem(
                .serviceUnavailable, "cancelled",
                "the request was cancelled because its client disconnected or the server is stopping")
        default:
            context.logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem(
                .internalServerError, "internal",
                "the request failed because of an unexpected error; the server's log has the details")
        }
    }

    /// Whether the answer depends on what the client accepts.
    private static func mayBePage(_ request: Request) -> Bool {
        (request.method == .get || request.method == .head || request.isForm) && !request.uri.path.hasPrefix("/api/")
    }

    /// Whether the client wants an error page rather than the problem document.
    ///
    /// Browsers name `text/html`, also when they send a form. Clients that accept anything, or do not say what they
    /// accept, are programs, which read the problem document.
    private static func wantsPage(_ request: Request) -> Bool {
        let accepted = AcceptedTypes(request.headers[values: .accept])
        let quality = accepted.quality(ofNamed: "text/html")
        return quality > 0
            && quality >= accepted.quality(ofNamed: "application/json")
            && quality >= accepted.quality(ofNamed: "application/problem+json")
    }
}
