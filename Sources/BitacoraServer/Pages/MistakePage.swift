import Handlebars
import HTTPTypes
import Hummingbird
import NIOCore

/// The page that shows a mistake in a template to whoever is writing it.
///
/// It uses none of the views: any of them may be what is broken.
enum MistakePage {
    static func response(_ mistake: TemplateError) -> Response? {
        let data: Value = [
            "message": Value(mistake.message), "hint": value(mistake.hint),
            "place": value(mistake.location?.description), "excerpt": value(mistake.excerpt),
            "callers": Value(mistake.callers.map { Value($0.description) }),
        ]
        guard let bytes = try? Template(text, name: "mistake").render(data) else { return nil }
        var response = Response(status: .internalServerError, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = "text/html; charset=utf-8"
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static func value(_ text: String?) -> Value { text.map(Value.string) ?? .undefined }

    private static let text = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>A template has a mistake</title>
        <link rel="stylesheet" href="/assets/style.css">
        </head>
        <body>
        <main id="mistake">
        <h1>A template has a mistake</h1>
        {{#if place}}
        <p id="mistake-place"><code>{{place}}</code></p>
        {{/if}}
        <p id="mistake-message">{{message}}</p>
        {{#if hint}}
        <p id="mistake-hint">{{hint}}</p>
        {{/if}}
        {{#if excerpt}}
        <pre id="mistake-excerpt">{{excerpt}}</pre>
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
