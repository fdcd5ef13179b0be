import Foundation
import Handlebars
import Testing

/// A request can never choose a file outside of the views.
@Suite("Views and visitors")
struct ViewSafetyTests {
    private func site() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("secret.handlebars", "secret")
        try folder.write("views/home.handlebars", "home {{layout}} {{> row}}")
        try folder.write("views/layouts/main.handlebars", "[{{{body}}}|{{@exphbs.layout}}]")
        try folder.write("views/layouts/other.handlebars", "other")
        try folder.write("views/partials/row.handlebars", "row")
        return folder
    }

    private func engines(_ folder: TemporaryFolder) throws -> [ViewEngine] {
        try [.production, .development].map { try ViewEngine(views: folder.path + "/views", caching: $0) }
    }

    @Test(
        "a name never refers to a file outside of the directory",
        arguments: [
            "", "..", "../secret", "../secret.handlebars", "layouts/../../secret", "a/../../secret", "....//secret",
            "/etc/passwd", "//etc/passwd", "etc/passwd", "/secret", "..\\secret", "a\\b", "C:\\secret", "a\0",
            "home\0.txt", "\0",
            ".", "a//b", "./home", "home/", "home/.", ".hidden", ".handlebars", "layouts/.handlebars",
            // Encoded names are used as they are, and no such file exists.
            "%2e%2e/secret", "..%2fsecret", "%2e%2e%2fsecret", "%252e%252e%252fsecret", "..%c0%afsecret", "%00",
            "home%00",
            "\u{ff0e}\u{ff0e}/secret", "..\u{2215}secret", "~/secret", "file:///etc/passwd", "$HOME",
            String(repeating: "../", count: 80) + "etc/passwd",
            String(repeating: "a", count: 300), String(repeating: "a/", count: 120) + "a", "home\n", " home",
        ])
    func staysInside(_ name: String) throws {
        let folder = try site()
        try folder.write("views/.hidden.handlebars", "hidden")
        try folder.write("views/home/.handlebars", "hidden")
        for engine in try engines(folder) {
            for render in [{ try engine.render(name, [:]) }, { try engine.render("home", [:], layout: .named(name)) }] {
                do {
                    let page = String(decoding: try render(), as: UTF8.self)
                    Issue.record("rendered \(page.debugDescription)")
                } catch let error as TemplateError {
                    #expect(error.code == .file)
                }
            }
        }
    }

    /// CVE-2021-32820: with Express, `res.render("home", req.query)` let `?layout=/etc/passwd` choose the layout.
    @Test("nothing in the context selects a file, a helper or an option")
    func contextChoosesNothing() throws {
        let folder = try site()
        let names = ["other", "../../secret", "../secret", "/etc/passwd", folder.path + "/secret.handlebars", ""]
        for engine in try engines(folder) {
            for name in names {
                let settings: Value = ["views": "/", "view options": ["layout": Value(name)], "view cache": false]
                let hostile: Value = [
                    "layout": Value(name), "settings": settings, "cache": false, "views": "/", "filename": Value(name),
                    "partials": ["row": "hostile"], "helpers": ["row": "hostile"], "partialsDir": "/",
                    "layoutsDir": "/",
                    "_locals": ["layout": Value(name)], "extname": "", "body": "hostile",
                    "exphbs": ["layout": Value(name)],
                    "compilerOptions": ["noEscape": true], "data": ["exphbs": ["layout": Value(name)]],
                    "__proto__": ["layout": Value(name)], "escape": "hostile", "encoding": "utf16le",
                ]
                let page = String(decoding: try engine.render("home", hostile), as: UTF8.self)
                let printed = name.split(separator: "").map { $0 == "=" ? "&#x3D;" : String($0) }.joined()
                #expect(page == "[home \(printed) row|main]")
                #expect(
                    String(decoding: try engine.render("home", hostile, layout: nil), as: UTF8.self)
                        == "home \(printed) row")
            }
            // A list or an object instead of a name has no effect either (`?layout[]=…`).
            for odd: Value in [["../secret"], ["toString": "x"], true, 0, nil] {
                #expect(
                    String(decoding: try engine.render("home", ["layout": odd]), as: UTF8.self).hasSuffix(" row|main]"))
            }
        }
    }

    @Test("a name from the data can only refer to a partial")
    func dynamicPartials() throws {
        let folder = try site()
        try folder.write("views/home.handlebars", "{{> (lookup . \"name\")}}")
        for engine in try engines(folder) {
            #expect(String(decoding: try engine.render("home", ["name": "row"], layout: nil), as: UTF8.self) == "row")
            for name in ["../home", "../../secret", "../layouts/other", "/etc/passwd", "row\0", "./row"] {
                do {
                    _ = try engine.render("home", ["name": Value(name)], layout: nil)
                    Issue.record("\(name) is a partial")
                } catch {
                    #expect(error.code == .missingPartial)
                }
            }
        }
    }

    @Test("a link to a file in the directory is followed, a link to a file outside is refused")
    func links() throws {
        let folder = try site()
        try folder.write("views/pages/real.handlebars", "real")
        try folder.link("views/alias.handlebars", to: "pages/real.handlebars")
        for engine in try engines(folder) {
            #expect(String(decoding: try engine.render("alias", [:], layout: nil), as: UTF8.self) == "real")
        }
        try folder.link("views/leak.handlebars", to: "../secret.handlebars")
        try folder.link("views/layouts/leak.handlebars", to: folder.path + "/secret.handlebars")
        try folder.link("views/gone.handlebars", to: "nowhere")
        try folder.link("views/round.handlebars", to: "round.handlebars")
        do {
            _ = try ViewEngine(views: folder.path + "/views")
            Issue.record("compiled what lies outside")
        } catch {
            let messages = error.errors.map { $0.message.replacing(folder.path + "/views", with: "V") }
            #expect(
                messages == [
                    "V/gone.handlebars is a symbolic link to a file that does not exist",
                    "V/layouts/leak.handlebars is a symbolic link to a file outside of V",
                    "V/leak.handlebars is a symbolic link to a file outside of V",
                    "V/round.handlebars is a symbolic link to a file that does not exist",
                ])
        }
        let engine = try ViewEngine(views: folder.path + "/views", caching: .development)
        for name in ["leak", "gone", "round", "layouts/leak"] {
            #expect(throws: TemplateError.self) { try engine.render(name, [:], layout: nil) }
        }
        #expect(throws: TemplateError.self) { try engine.render("home", [:], layout: "leak") }
        #expect(String(decoding: try engine.render("home", [:], layout: nil), as: UTF8.self) == "home  row")
    }

    @Test("links to directories are ignored, but the directory of the views may be a link")
    func linkedFolders() throws {
        let folder = try site()
        try folder.link("views/up", to: "..")
        try folder.link("views/here", to: ".")
        try folder.link("current", to: "views")
        for caching in [ViewEngine.Caching.production, .development] {
            let engine = try ViewEngine(views: folder.path + "/current/", caching: caching)
            #expect(String(decoding: try engine.render("home", [:], layout: nil), as: UTF8.self) == "home  row")
            for name in ["up/secret", "here/home", "up/views/home"] {
                #expect(throws: TemplateError.self) { try engine.render(name, [:], layout: nil) }
            }
        }
    }

    @Test("a FIFO is not a template, and no thread waits for its writer", .timeLimit(.minutes(1)))
    func fifo() throws {
        let folder = try site()
        let engine = try ViewEngine(views: folder.path + "/views", caching: .development)
        #expect(mkfifo(folder.path + "/views/pipe.handlebars", 0o600) == 0)
        let error = #expect(throws: TemplateError.self) { try engine.render("pipe", [:], layout: nil) }
        #expect(error?.message.contains("pipe.handlebars is not a regular file") == true)
    }

    @Test("directories and lock files are not templates")
    func oddFiles() throws {
        let folder = try site()
        try folder.write("views/folder.handlebars/x.txt", "")
        // The lock of an editor: a hidden link to a missing file, named after the template.
        try folder.link("views/.#home.handlebars", to: "somebody@somewhere.1234:1700000000")
        for engine in try engines(folder) {
            #expect(throws: TemplateError.self) { try engine.render("folder", [:]) }
            #expect(throws: TemplateError.self) { try engine.render(".#home", [:]) }
        }
    }
}
