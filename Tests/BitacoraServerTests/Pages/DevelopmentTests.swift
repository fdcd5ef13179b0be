import BitacoraServer
import Commands
@testable import ExampleApplication
import Foundation
import Handlebars
import Testing

/// A server whose templates are being written.
@Suite struct DevelopmentTests {
    /// Copies the templates and assets of the server and the marketplace into one directory.
    private static func copyViews(to directory: String) throws -> String {
        for part in ["server", "marketplace"] {
            let source = "\(Project.views)/\(part)"
            for name in try FileManager.default.subpathsOfDirectory(atPath: source) {
                guard let bytes = FileManager.default.contents(atPath: "\(source)/\(name)") else { continue }
                let target = URL(filePath: "\(directory)/\(name)")
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try bytes.write(to: target)
            }
        }
        return directory
    }

    /// A server on a copy of the project's views, and where that copy is.
    private func withCopiedViews(
        isDevelopment: Bool = true, _ body: (RunningServer, _ views: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let views = try Self.copyViews(to: directory + "/Views")
            try await withServer(data: directory + "/log") {
                $0.views = views
                $0.isDevelopment = isDevelopment
            } _: { server in
                try await body(server, views)
            }
        }
    }

    @Test("edited views, layouts, partials and assets show at the next request, without an event in between")
    func edits() async throws {
        try await withCopiedViews { server, views in
            #expect(try await server.request("GET", "/").body.contains("<h1>Products</h1>"))
            for number in 1...3 {
                try write("view \(number) {{> new}}", to: views + "/home.handlebars")
                try write("partial \(number) {{title}}", to: views + "/partials/new.handlebars")
                try write("layout \(number): {{{body}}}", to: views + "/layouts/main.handlebars")
                try write("b{/*\(number)*/}", to: views + "/assets/style.css")
                let page = try await server.request("GET", "/")
                #expect(
                    (page.status, page.body) == (200, "layout \(number): view \(number) partial \(number) Products"))
                #expect(try await server.request("GET", "/assets/style.css").body == "b{/*\(number)*/}")
                let tag = try #require(page.headers["etag"])
                #expect(try await server.request("GET", "/", [("If-None-Match", tag)]).status == 304)
            }
        }
    }

    @Test("the error of a broken template is an escaped page with the line and a caret, and the server continues")
    func errors() async throws {
        try await withCopiedViews { server, views in
            let sound = try String(contentsOfFile: views + "/home.handlebars", encoding: .utf8)
            try write("<p>\n<b title=\"&\">{{#if x}}</b>", to: views + "/home.handlebars")
            for accept in ["text/html", "*/*"] {
                let page = try await server.request("GET", "/", [("Accept", accept)])
                #expect(page.status == 500)
                #expect(page.headers["content-type"] == "text/html; charset=utf-8")
                #expect(page.headers["cache-control"] == "no-store")
                #expect(page.body.contains("/Views/home.handlebars:2:14</code>"))
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
            try write(sound, to: views + "/home.handlebars")
            #expect(try await server.request("GET", "/").status == 200)
        }
    }

    @Test(
        "an error that appears only during the rendering is reported with the calls that led to it",
        arguments: [
            ("{{> roww}}", "The partial roww could not be found", "did you mean &quot;row&quot;?"),
            ("{{> row}}", "Missing helper: &quot;nope&quot;", "row.handlebars:1:1"),
        ])
    func latePlaces(view: String, message: String, more: String) async throws {
        try await withCopiedViews { server, views in
            try write("{{nope 1}}", to: views + "/partials/row.handlebars")
            try write(view, to: views + "/home.handlebars")
            let page = try await server.request("GET", "/")
            #expect(page.status == 500)
            for text in [message, more] { #expect(page.body.contains(text), "\(page.body)") }
        }
    }

    @Test("a broken error page is reported as an error in a template; without an error page the answer has no page")
    func errorPage() async throws {
        try await withCopiedViews { server, views in
            try write("{{/each}}", to: views + "/error.handlebars")
            let broken = try await server.request("GET", "/nowhere", [("Accept", "text/html")])
            #expect(broken.status == 500)
            #expect(broken.body.contains("error.handlebars:1:1"))
            try FileManager.default.removeItem(atPath: views + "/error.handlebars")
            #expect(try await server.request("GET", "/nowhere", [("Accept", "text/html")]).status == 404)
        }
    }

    @Test("without development mode, no file is read again")
    func production() async throws {
        try await withCopiedViews(isDevelopment: false) { server, views in
            try write("{{#if", to: views + "/home.handlebars")
            try write("", to: views + "/assets/style.css")
            #expect(try await server.request("GET", "/").body.contains("<h1>Products</h1>"))
            #expect(try await !server.request("GET", "/assets/style.css").body.isEmpty)
        }
    }

    @Test("without development mode, errors in templates keep the server from starting, and all are reported")
    func startErrors() async throws {
        try await withTemporaryDirectory { directory in
            let views = try Self.copyViews(to: directory + "/Views")
            try write("{{#if", to: views + "/home.handlebars")
            try write("{{> product}}{{> prodcut}}{{nope 1}}", to: views + "/layouts/other.handlebars")
            let error = await #expect(throws: ViewErrors.self) {
                try await withServer(data: directory + "/log") {
                    $0.views = views
                } _: { _ in
                }
            }
            #expect(error?.errors.map(\.code) == [.syntax, .missingPartial, .missingHelper])
        }
    }

    /// An application that needs two views and has none of them.
    private struct Incomplete: BitacoraApplication {
        let name = "incomplete"
        let projection = OrderProjection()
        let commands: [CommandDefinition<[Int: Order]>] = []
        let files: ViewFiles
        let requiredViews = ["orders", "invoice"]
    }

    @Test("a required view that is missing keeps the server from starting, and all missing views are reported")
    func missingViews() async throws {
        try await withTemporaryDirectory { directory in
            try write("", to: directory + "/Views/Orders.handlebars")
            let application = Incomplete(files: .directory(directory + "/Views"))
            let error = await #expect(throws: ViewErrors.self) {
                try await withServer(data: directory + "/log", application: application) { _ in }
            }
            let messages = error?.errors.map(\.message) ?? []
            #expect(messages.count == 2)
            for (message, name) in zip(messages, application.requiredViews) {
                #expect(message.hasPrefix("there is no view \"\(name)\" in \(directory)/Views"))
            }
            #expect(error?.errors[0].hint == "did you mean \"Orders\"?")
        }
    }
}
