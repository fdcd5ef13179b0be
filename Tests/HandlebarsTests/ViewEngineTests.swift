import Handlebars
import Testing

@Suite("View engine")
struct ViewEngineTests {
    private func shop() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("layouts/main.handlebars", "\n<title>{{title}}</title>\n{{{body}}}\n")
        try folder.write("layouts/bare.handlebars", "[{{{body}}}]")
        try folder.write("home.handlebars", "\n<ul>\n{{#each products}}\n  {{> shop/row}}\n{{/each}}\n</ul>\n")
        try folder.write("admin/users.handlebars", "{{@exphbs.view}} {{shout title}}")
        try folder.write("partials/shop/row.handlebars", "<li>{{name}}</li>\n")
        try folder.write("partials/notes.txt", "{{#if}}")
        return folder
    }

    private func engine(_ folder: TemporaryFolder, _ caching: ViewEngine.Caching) throws -> ViewEngine {
        try ViewEngine(
            views: folder.path, caching: caching, helpers: ["shout": { .string($0[0].text.uppercased()) }])
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        "a page is its view in its layout, trimmed, with partials by path",
        arguments: [ViewEngine.Caching.production, .development])
    func renders(_ caching: ViewEngine.Caching) throws {
        let folder = try shop()
        let engine = try engine(folder, caching)
        let context: Value = ["title": "A&B", "products": [["name": "x"], ["name": "y"]]]
        #expect(
            text(try engine.render("home", context)) == "<title>A&amp;B</title>\n<ul>\n  <li>x</li>  <li>y</li></ul>")
        #expect(text(try engine.render("admin/users", context, layout: "bare")) == "[admin/users A&amp;B]")
        #expect(
            text(try engine.render("admin/users.handlebars", context, layout: nil)) == "admin/users.handlebars A&amp;B")
        #expect(
            text(try engine.render("admin/users", context, layout: nil, helpers: ["shout": { _ in "?" }]))
                == "admin/users ?")
    }

    @Test("a missing view is an error with a suggestion", arguments: [ViewEngine.Caching.production, .development])
    func reportsMissing(_ caching: ViewEngine.Caching) throws {
        let folder = try shop()
        let engine = try engine(folder, caching)
        do {
            _ = try engine.render("hmoe", [:])
            Issue.record("rendered a view that is not there")
        } catch {
            #expect(error.code == .file)
            #expect(error.hint == "did you mean \"home\"?")
        }
        #expect(throws: TemplateError.self) { try engine.render("home", [:], layout: "nope") }
    }

    @Test("in production all errors are reported when the engine is created")
    func reportsAll() throws {
        let folder = try shop()
        try folder.write("broken.handlebars", "\n\n  {{#if x}}")
        try folder.write("partials/broken.handlebars", "{{/if}}")
        do {
            _ = try engine(folder, .production)
            Issue.record("compiled broken files")
        } catch let error as ViewErrors {
            #expect(error.errors.count == 2)
            // The location is that in the file, although the file is trimmed.
            let location = try #require(error.errors[0].location)
            #expect(location.template.hasSuffix("/broken.handlebars") && location.line == 3 && location.column == 3)
        }
        let empty = try TemporaryFolder()
        #expect(throws: ViewErrors.self) { try engine(empty, .production) }
    }

    @Test("in development a changed, a new and a broken file show at the next render")
    func follows() throws {
        let folder = try shop()
        let engine = try engine(folder, .development)
        let context: Value = ["products": [["name": "x"]]]
        #expect(text(try engine.render("home", context, layout: nil)) == "<ul>\n  <li>x</li></ul>")
        try folder.write("partials/shop/row.handlebars", "<li>{{name}}{{name}}</li>")
        #expect(text(try engine.render("home", context, layout: nil)) == "<ul>\n  <li>xx</li></ul>")
        try folder.write("home.handlebars", "{{> new}}")
        try folder.write("partials/new.handlebars", "new")
        #expect(text(try engine.render("home", context, layout: nil)) == "new")
        try folder.write("partials/new.handlebars", "{{#if}")
        do {
            _ = try engine.render("home", context, layout: nil)
            Issue.record("rendered a broken partial")
        } catch {
            #expect(error.code == .syntax)
        }
        try folder.write("partials/new.handlebars", "fixed")
        #expect(text(try engine.render("home", context, layout: nil)) == "fixed")
        try folder.remove("home.handlebars")
        #expect(throws: TemplateError.self) { try engine.render("home", context) }
    }

    @Test(
        "a file whose name has the extension twice is a different file",
        arguments: [ViewEngine.Caching.production, .development])
    func namesTwice(_ caching: ViewEngine.Caching) throws {
        let folder = try shop()
        try folder.write("partials/notes.handlebars", "notes")
        try folder.write("partials/notes.handlebars.handlebars", "copy")
        try folder.write("both.handlebars", "{{> notes}} {{> notes.handlebars}}")
        #expect(text(try engine(folder, caching).render("both", [:], layout: nil)) == "notes copy")
    }

    @Test("in production a changed file does not show")
    func keeps() throws {
        let folder = try shop()
        let engine = try engine(folder, .production)
        try folder.write("layouts/bare.handlebars", "changed")
        #expect(text(try engine.render("admin/users", ["title": "t"], layout: "bare")) == "[admin/users T]")
    }
}
