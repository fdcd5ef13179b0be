import Handlebars
import HTTPTypes
import Hummingbird
import NIOCore

/// The pages that show errors to people: the view `error`, and in development the place in a template.
struct ErrorPages: Sendable {
    /// The view for errors.
    static let view = "error"

    let views: ViewEngine
    let isDevelopment: Bool

    /// The error page; nil when there is no view that can be rendered.
    func page(_ problem: Problem) -> Response? {
        let data: Value = [
            "title": Value(problem.status.reasonPhrase), "status": Value(problem.status.code),
            "detail": Value(problem.detail),
        ]
        let bytes: [UInt8]
        do {
            bytes = try views.render(Self.view, data)
        } catch {
            // In development the view may not have been written yet.
            return error.code == .file ? nil : page(error)
        }
        var response = Response(
            status: problem.status, headers: problem.headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = "text/html; charset=utf-8"
        return response
    }

    /// The page that shows an error in a template; nil outside of development.
    func page(_ error: TemplateError) -> Response? { isDevelopment ? TemplateErrorPage.response(error) : nil }
}
