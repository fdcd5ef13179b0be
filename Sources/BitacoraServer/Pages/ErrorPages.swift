import HTTPTypes
import Handlebars
import Hummingbird
import NIOCore

/// The pages that show errors in a browser: the view `error` and, in development mode, the page for errors in
/// templates.
struct ErrorPages: Sendable {
    /// The view for errors.
    static let view = "error"

    let views: ViewEngine
    let isDevelopment: Bool

    /// The error page; nil when there is no view that can be rendered.
    ///
    /// The page of a refused form has a link to the page of the form.
    func page(_ problem: Problem, for request: Request) -> Response? {
        let form = request.method == .post ? SitePath.ofReferer(request) : nil
        let data: Value = [
            "title": Value(problem.status.reasonPhrase), "status": Value(problem.status.code),
            "detail": Value(problem.detail), "form": form.map { .string($0) } ?? .undefined,
        ]
        let bytes: [UInt8]
        do {
            bytes = try views.render(Self.view, data)
        } catch {
            // In development mode the view may not exist yet.
            return error.code == .file ? nil : page(error)
        }
        var response = Response(
            status: problem.status, headers: problem.headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = "text/html; charset=utf-8"
        return response
    }

    /// The page that shows an error in a template; nil outside of development mode.
    func page(_ error: TemplateError) -> Response? { isDevelopment ? TemplateErrorPage.response(error) : nil }
}

/// The page that shows an error in a template to its author, in development mode.
///
/// The page uses none of the views, since each of them may have the error.
enum TemplateErrorPage {
    static func response(_ error: TemplateError) -> Response? {
        let data: Value = [
            "message": Value(error.message), "hint": value(error.hint),
            "place": value(error.location?.description), "lines": Value(error.surroundings.map(line)),
            "callers": Value(error.callers.map { Value($0.description) }),
        ]
        guard let bytes = try? Template(text, name: "error").render(data) else { return nil }
        var response = Response(status: .internalServerError, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = "text/html; charset=utf-8"
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static func line(_ line: Excerpt.Line) -> Value {
        ["number": Value(line.number), "text": .string(line.text), "caret": value(line.caret)]
    }

    private static func value(_ text: String?) -> Value { text.map(Value.string) ?? .undefined }

    private static let text = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>A template has an error</title>
        <link rel="stylesheet" href="/assets/style.css">
        <link rel="stylesheet" href="/assets/template-error.css">
        </head>
        <body>
        <main id="template-error">
        <h1>A template has an error</h1>
        {{#if place}}
        <p id="template-error-place"><code>{{place}}</code></p>
        {{/if}}
        <p id="template-error-message">{{message}}</p>
        {{#if hint}}
        <p id="template-error-hint">{{hint}}</p>
        {{/if}}
        {{#if lines}}
        <ol id="template-error-lines" tabindex="0" aria-label="The lines around it">
        {{#each lines}}
        {{#if caret}}
        <li aria-current="true" value="{{number}}"><code>{{text}}</code><code aria-hidden="true">{{caret}}</code></li>
        {{else}}
        <li value="{{number}}"><code>{{text}}</code></li>
        {{/if}}
        {{/each}}
        </ol>
        {{/if}}
        {{#each callers}}
        <p>called from <code>{{this}}</code></p>
        {{/each}}
        <p>Save the file and load this page again.</p>
        </main>
        </body>
        </html>

        """
}
