import BitacoraServer
import Foundation
import Handlebars
import Testing

/// A server whose templates are being written.
@Suite struct DevelopmentTests {
    /// A server on a copy of the project's views, and the directory of the copy.
    private func withCopiedViews(
        isDevelopment: Bool = true, _ body: (RunningServer, _ views: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let views = directory + "/Views"
            try FileManager.default.copyItem(atPath: Project.views, toPath: views)
            try await withServer(data: directory + "/log") {
                $0.views = views
                $0.isDevelopment = isDevelopment
            } _: { server in
                try await body(server, views)
            }
        }
    }

    @Test("edited views, layouts, partials and assets are used at the next request, without a new event")
    func edits() async throws {
        try await withCopiedViews { server, views in
            #expect(try await server.request("GET", "/").body.contains("<h1>Products</h1>"))
            for number in 1...3 {
                try write("view \(number) {{> new}}", to: views + "/marketplace/home.handlebars")
                try write("partial \(number) {{title}}", to: views + "/marketplace/partials/new.handlebars")
                try write("layout \(number): {{{body}}}", to: views + "/marketplace/layouts/main.handlebars")
                try write("b{/*\(number)*/}", to: views + "/server/assets/style.css")
                let page = try await server.request("GET", "/")
                #expect(
                    (page.status, page.body) == (200, "layout \(number): view \(number) partial \(number) Products"))
                #expect(try await server.request("GET", "/assets/style.css").body == "b{/*\(number)*/}")
                let tag = try #require(page.headers["etag"])
                #expect(try await server.request("GET", "/", [("If-None-Match", tag)]).status == 304)
            }
        }
    }

    @Test("an error in a template is shown, escaped, with its line and a caret, and the server continues")
    func errors() async throws {
        try await withCopiedViews { server, views in
            let sound = try String(contentsOfFile: views + "/marketplace/home.handlebars", encoding: .utf8)
            try write("<p>\n<b title=\"&\">{{#if x}}</b>", to: views + "/marketplace/home.handlebars")
            for accept in ["text/html", "*/*"] {
                let page = try await server.request("GET", "/", [("Accept", accept)])
                #expect(page.status == 500)
                #expect(page.headers["content-type"] == "text/html; charset=utf-8")
                #expect(page.headers["cache-control"] == "no-store")
                #expect(page.body.contains("/Views/marketplace/home.handlebars:2:14</code>"))
                #expect(page.body.contains("block &quot;if&quot; is never closed"))
                #expect(page.body.contains("<li value=\"1\"><code>&lt;p&gt;</code></li>"), "\(page.body)")
                let caret = String(repeating: " ", count: 13) + "^"
                let line =
                    "<code>&lt;b title&#x3D;&quot;&amp;&quot;&gt;{{#if x}}&lt;/b&gt;</code><code aria-hidden=\"true\">\(caret)</code>"
                #expect(page.body.contains("<li aria-current=\"true\" value=\"2\">\(line)</li>"), "\(page.body)")
            }
            let client = try await server.connect()
            #expect(try await client.request("HEAD", "/").status == 500)
            #expect(try await client.request("GET", "/healthz").status == 200)
            #expect(try await server.request("GET", "/realtimeproducts").status == 200)
            try write(sound, to: views + "/marketplace/home.handlebars")
            #expect(try await server.request("GET", "/").status == 200)
        }
    }

    @Test(
        "an error that occurs while rendering names the callers",
        arguments: [
            ("{{> roww}}", "The partial roww could not be found", "did you mean &quot;row&quot;?"),
            ("{{> row}}", "Missing helper: &quot;nope&quot;", "row.handlebars:1:1"),
        ])
    func latePlaces(view: String, message: String, more: String) async throws {
        try await withCopiedViews { server, views in
            try write("{{nope 1}}", to: views + "/marketplace/partials/row.handlebars")
            try write(view, to: views + "/marketplace/home.handlebars")
            let page = try await server.request("GET", "/")
            #expect(page.status == 500)
            for text in [message, more] { #expect(page.body.contains(text), "\(page.body)") }
        }
    }

    @Test("an error in the error page is shown, and a missing error page is not used")
    func errorPage() async throws {
        try await withCopiedViews { server, views in
            try write("{{/each}}", to: views + "/server/error.handlebars")
            let broken = try await server.request("GET", "/nowhere", [("Accept", "text/html")])
            #expect(broken.status == 500)
            #expect(broken.body.contains("error.handlebars:1:1"))
            try FileManager.default.removeItem(atPath: views + "/server/error.handlebars")
            #expect(try await server.request("GET", "/nowhere", [("Accept", "text/html")]).status == 404)
        }
    }

    @Test("without development mode no file is read again")
    func production() async throws {
        try await withCopiedViews(isDevelopment: false) { server, views in
            try write("{{#if", to: views + "/marketplace/home.handlebars")
            try write("", to: views + "/server/assets/style.css")
            #expect(try await server.request("GET", "/").body.contains("<h1>Products</h1>"))
            #expect(try await !server.request("GET", "/assets/style.css").body.isEmpty)
        }
    }

    @Test("without development mode the server does not start with errors in templates, and reports all of them")
    func startErrors() async throws {
        try await withTemporaryDirectory { directory in
            let views = directory + "/Views"
            try FileManager.default.copyItem(atPath: Project.views, toPath: views)
            try write("{{#if", to: views + "/marketplace/home.handlebars")
            try write("{{> product}}{{> prodcut}}{{nope 1}}", to: views + "/marketplace/layouts/other.handlebars")
            let error = await #expect(throws: ViewErrors.self) {
                try await withServer(data: directory + "/log") {
                    $0.views = views
                } _: { _ in
                }
            }
            #expect(error?.errors.map(\.code) == [.syntax, .missingPartial, .missingHelper])
        }
    }

    @Test("the server does not start without its required views, and reports all missing ones")
    func missingViews() async throws {
        try await withTemporaryDirectory { directory in
            let views = directory + "/Views"
            try FileManager.default.copyItem(atPath: Project.views, toPath: views)
            for name in ["marketplace/home", "server/error", "marketplace/realTimeProducts"] {
                try FileManager.default.removeItem(atPath: "\(views)/\(name).handlebars")
            }
            try write("", to: views + "/marketplace/realtimeproducts.handlebars")
            let error = await #expect(throws: ViewErrors.self) {
                try await withServer(data: directory + "/log") {
                    $0.views = views
                } _: { _ in
                }
            }
            #expect(
                error?.errors.map(\.message)
                    == ["home", "realTimeProducts", "error"].map { "there is no view \"\($0)\" in \(views)" })
            #expect(error?.errors[1].hint == "did you mean \"realtimeproducts\"?")
        }
    }
}
