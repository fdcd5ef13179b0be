import Handlebars
import Testing

@Suite("Folders, helpers and names of views")
struct ViewFolderTests {
    private static let cachings = [ViewEngine.Caching.production, .development]

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func folder(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(name, text) }
        return folder
    }

    private func configuration(
        _ folder: TemporaryFolder, _ caching: ViewEngine.Caching = .production
    ) -> ViewEngine.Configuration {
        var configuration = ViewEngine.Configuration(views: folder.path + "/views")
        configuration.caching = caching
        configuration.defaultLayout = nil
        return configuration
    }

    @Test(
        "layouts and partials may be elsewhere; of two partials of a name, the later directory is used",
        arguments: cachings
    )
    func folders(_ caching: ViewEngine.Caching) throws {
        let folder = try folder([
            "views/home.hbs": "{{> a}} {{> b}} {{> shop/a}} {{> shop/deep/c}} {{> odd/a}}",
            "frames/bare.hbs": "[{{{body}}}]",
            "one/a.hbs": "one-a", "one/b.hbs": "one-b", "two/a.hbs": "two-a", "shop/a.hbs": "shop-a",
            "shop/deep/c.hbs": "shop-c",
        ])
        var configuration = configuration(folder, caching)
        configuration.sources[0].layouts = folder.path + "/frames"
        configuration.sources[0].partials = [
            .init(folder.path + "/one"), .init(folder.path + "/two"), .init(folder.path + "/shop", namespace: "shop"),
            .init(folder.path + "/one", namespace: "odd/"),
        ]
        configuration.defaultLayout = "bare"
        for fileExtension in ["hbs", ".hbs"] {
            configuration.fileExtension = fileExtension
            let engine = try ViewEngine(configuration)
            #expect(text(try engine.render("home", [:])) == "[two-a one-b shop-a shop-c one-a]")
            #expect(text(try engine.render("home.hbs", [:], layout: nil)) == "two-a one-b shop-a shop-c one-a")
        }
    }

    @Test("directories that the configuration names must exist, default ones may be missing", arguments: cachings)
    func missingFolders(_ caching: ViewEngine.Caching) throws {
        let folder = try folder(["views/home.handlebars": "home"])
        #expect(text(try ViewEngine(configuration(folder, caching)).render("home", [:])) == "home")
        var (layouts, partials, views) = (
            configuration(folder, caching), configuration(folder, caching), configuration(folder, caching)
        )
        layouts.sources[0].layouts = folder.path + "/none"
        partials.sources[0].partials = [.init(folder.path + "/none")]
        views.sources = [.directory(folder.path + "/none")]
        for configuration in [layouts, partials, views] {
            var configuration = configuration
            configuration.defaultLayout = "main"
            // The missing directory is the only error.
            #expect(ViewEngine.check(configuration).errors.map(\.code) == [.file])
            #expect(throws: ViewErrors.self) { try ViewEngine(configuration) }
        }
    }

    @Test("an invalid extension is refused", arguments: ["", ".", "a/b", "\0"])
    func extensions(_ fileExtension: String) throws {
        let folder = try folder(["views/home.handlebars": "home"])
        for caching in Self.cachings {
            var configuration = configuration(folder, caching)
            configuration.fileExtension = fileExtension
            #expect(throws: ViewErrors.self) { try ViewEngine(configuration) }
        }
    }

    @Test("all missing required views are reported; a broken view is not missing")
    func requiresViews() throws {
        let folder = try folder([
            "views/hoem.handlebars": "", "views/broken.handlebars": "{{", "views/layouts/main.handlebars": "",
        ])
        var configuration = ViewEngine.Configuration(views: folder.path + "/views")
        configuration.requiredViews = ["home", "broken", "shop/cart"]
        let errors = ViewEngine.check(configuration).errors
        #expect(errors.map(\.code) == [.syntax, .file, .file])
        #expect(
            errors.dropFirst().map(\.message)
                == ["home", "shop/cart"].map { "there is no view \"\($0)\" in \(folder.path)/views" })
        #expect(
            errors.dropFirst().map(\.hint) == [
                "did you mean \"hoem\"?", "create \(folder.path)/views/shop/cart.handlebars",
            ])
        #expect(throws: ViewErrors.self) { try ViewEngine(configuration) }
    }

    @Test("a partial or a layout can be a page of its own", arguments: cachings)
    func pagesOfTheirOwn(_ caching: ViewEngine.Caching) throws {
        let folder = try folder([
            "views/partials/row.handlebars": "<li>{{name}}</li>", "views/layouts/main.handlebars": "[{{{body}}}]",
        ])
        let engine = try ViewEngine(configuration(folder, caching))
        #expect(text(try engine.render("partials/row", ["name": "x"])) == "<li>x</li>")
        #expect(text(try engine.render("layouts/main", ["body": "<b>"])) == "[<b>]")
    }

    @Test("helpers of a page replace those of the engine, and these replace shared ones", arguments: cachings)
    func helpers(_ caching: ViewEngine.Caching) throws {
        let folder = try folder([
            "views/home.handlebars": "{{a 1}}{{b 1}}{{c 1}}",
            "views/layouts/main.handlebars": "{{{body}}} {{a 1}}{{b 1}}{{c 1}}",
        ])
        var configuration = configuration(folder, caching)
        configuration.sharedHelpers = ["a": { _ in "1" }, "b": { _ in "1" }, "c": { _ in "1" }]
        configuration.helpers = ["b": { _ in "2" }, "c": { _ in "2" }]
        let engine = try ViewEngine(configuration)
        #expect(text(try engine.render("home", [:], layout: "main", helpers: ["c": { _ in "3" }])) == "123 123")
        #expect(text(try engine.render("home", [:], layout: "main")) == "122 122")
        // The helpers of the engine are known without being listed in knownHelpers.
        configuration.options.knownHelpersOnly = true
        #expect(text(try ViewEngine(configuration).render("home", [:])) == "122")
    }

    @Test("reload() reads the current files, or keeps the earlier templates after an error")
    func reloads() throws {
        let folder = try folder(["views/home.handlebars": "old {{> p}}", "views/partials/p.handlebars": "old"])
        let engine = try ViewEngine(configuration(folder))
        try folder.write("views/home.handlebars", "new {{> p}}")
        try folder.write("views/partials/p.handlebars", "new")
        try folder.write("views/more.handlebars", "more")
        #expect(text(try engine.render("home", [:])) == "old old")
        try engine.reload()
        #expect(text(try engine.render("home", [:])) == "new new")
        #expect(text(try engine.render("more", [:])) == "more")
        try folder.write("views/home.handlebars", "{{#if")
        #expect(throws: ViewErrors.self) { try engine.reload() }
        #expect(text(try engine.render("home", [:])) == "new new")
    }

    @Test("in development a change shows although size and time are the same")
    func quickChanges() throws {
        let folder = try folder([:])
        try folder.write("views/home.handlebars", "0000")
        let engine = try ViewEngine(configuration(folder, .development))
        for number in 1000..<1200 {
            try folder.write("views/home.handlebars", "\(number)")
            #expect(text(try engine.render("home", [:])) == "\(number)")
        }
    }

    @Test("all unknown helpers and partials are reported when the files are compiled, with suggestions")
    func checksNames() throws {
        let folder = try folder([
            "views/a.handlebars":
                "{{shuot 1}}\n{{#each (lsit 2) as |row|}}{{> shop/rwo}}{{row 1}}{{/each}} {{nope x=(nada)}}",
            "views/b.handlebars":
                "{{> known}}{{> @partial-block}}{{> (lookup . \"n\")}}{{#> missing}}{{own}}{{/missing}}{{> listed}}",
            "views/c.handlebars": "{{#> shop/row}}{{#*inline \"known\"}}{{tpyo 1}}{{/inline}}{{/shop/row}}",
            "views/d.handlebars":
                "{{field}} {{#section}}{{a.b 1}}{{this.f 1}}{{@d 1}}{{/section}} {{shout (list 1)}} {{listed 1}}",
            "views/partials/shop/row.handlebars": "{{> @partial-block}}", "views/broken.handlebars": "{{#if}}",
        ])
        var configuration = configuration(folder)
        configuration.helpers = ["shout": { $0[0] }, "list": { $0[0] }]
        configuration.options.knownHelpers = ["listed"]
        configuration.knownPartials = ["listed"]
        configuration.checksNames = true
        do {
            _ = try ViewEngine(configuration)
            Issue.record("compiled unknown names")
        } catch {
            let reported = error.errors.map { error in
                let place =
                    error.location.map { "\($0.template.split(separator: "/").last ?? ""):\($0.line):\($0.column)" }
                    ?? "?"
                return "\(place) \(error.message) \(error.hint ?? "")"
            }
            #expect(reported.count == 7, "\(reported)")
            #expect(reported.first?.hasPrefix("broken.handlebars:1:") == true)
            #expect(
                Array(reported.dropFirst()) == [
                    "a.handlebars:1:1 Missing helper: \"shuot\" did you mean \"shout\"?",
                    "a.handlebars:2:9 Missing helper: \"lsit\" did you mean \"list\"?",
                    "a.handlebars:2:28 The partial shop/rwo could not be found did you mean \"shop/row\"?",
                    "a.handlebars:2:61 Missing helper: \"nope\" ",
                    "a.handlebars:2:70 Missing helper: \"nada\" ",
                    "c.handlebars:1:36 Missing helper: \"tpyo\" ",
                ])
        }
    }

    @Test(
        "a partial that always includes itself is an error at the call, and a recursion that the data end is accepted",
        arguments: [
            (["a": "x\n {{> a}}"], ["a:2:2 The partial a always includes itself: a → a"]),
            (
                ["a": "{{> b}}", "b": "{{> c k=1}}", "c": "{{> a child}}"],
                ["c:1:1 The partial a always includes itself: a → b → c → a"]
            ),
            (["a": "{{#> a}}x{{/a}}"], ["a:1:1 The partial a always includes itself: a → a"]),
            (
                ["a": "{{> b}}", "b": "{{> b}}{{> a}}"],
                [
                    "b:1:1 The partial b always includes itself: b → b",
                    "b:1:8 The partial a always includes itself: a → b → a",
                ]
            ),
            (["a": "{{> b}}{{> c}}", "b": "{{> d}}", "c": "{{> d}}", "d": "x"], []),
            (["a": "{{#each children}}{{> a}}{{/each}}", "b": "{{#if next}}{{> b next}}{{/if}}"], []),
            (["a": "{{> b}}", "b": "{{#child}}{{> a}}{{/child}}"], []),
            (["a": "{{#> b}}{{> a}}{{/b}}", "b": "x"], []),
            (["a": "{{#*inline \"a\"}}x{{/inline}}{{> a}}"], []), (["a": "{{> (lookup . \"name\")}}"], []),
        ])
    func findsCycles(partials: [String: String], expected: [String]) throws {
        var files = ["views/page.handlebars": "{{> a}}"]
        for (name, text) in partials { files["views/partials/\(name).handlebars"] = text }
        let folder = try folder(files)
        var configuration = configuration(folder)
        configuration.checksNames = true
        let errors = ViewEngine.check(configuration).errors
        let found = errors.map { error in
            let name = error.location?.template.split(separator: "/").last?.split(separator: ".").first ?? ""
            return "\(name):\(error.location?.line ?? 0):\(error.location?.column ?? 0) \(error.message)"
        }
        #expect(found == expected)
        #expect(errors.allSatisfy { $0.hint != nil })
    }

    @Test("a recursive partial is rendered as deep as its data, and deeper than the limit is an error with the call")
    func boundsRecursion() throws {
        let folder = try folder([
            "views/tree.handlebars": "{{> tree}}",
            "views/partials/tree.handlebars": "<{{name}}{{#each children}}{{> tree}}{{/each}}>",
        ])
        var configuration = configuration(folder)
        configuration.checksNames = true
        let engine = try ViewEngine(configuration)
        func tree(_ depth: Int) -> Value {
            (1..<depth).reduce(["name": "0"]) { ["name": Value($1), "children": [$0]] }
        }
        #expect(text(try engine.render("tree", tree(3))) == "<2<1<0>>>")
        let error = #expect(throws: TemplateError.self) { try engine.render("tree", tree(1000)) }
        #expect(error?.code == .limit)
        #expect(error?.message == "blocks and partials are nested more than 200 deep while rendering")
        #expect(error?.location?.template.hasSuffix("partials/tree.handlebars") == true)
    }

    @Test("a hook for unknown helpers, or an inline partial with a computed name, disables the check")
    func computedNames() throws {
        let folder = try folder([
            "views/a.handlebars": "{{any 1}}{{> any}}", "views/b.handlebars": "{{#*inline (any)}}{{/inline}}",
        ])
        var configuration = configuration(folder)
        configuration.checksNames = true
        #expect(ViewEngine.check(configuration).errors.map(\.code) == [.missingHelper, .missingHelper])
        configuration.helpers.register("helperMissing") { _ in "" }
        #expect(ViewEngine.check(configuration).errors.isEmpty)
    }

    @Test("in development unknown helpers are errors of the pages that call them")
    func checksNamesInDevelopment() throws {
        let folder = try folder(["views/a.handlebars": "{{#if x}}{{any 1}}{{/if}}", "views/b.handlebars": "b"])
        var configuration = configuration(folder, .development)
        #expect(text(try ViewEngine(configuration).render("a", [:])) == "")
        configuration.checksNames = true
        let engine = try ViewEngine(configuration)
        #expect(throws: TemplateError.self) { try engine.render("a", [:]) }
        #expect(text(try engine.render("b", [:])) == "b")
    }

    @Test("a check counts the files and reports the same errors as creating an engine")
    func checks() throws {
        let folder = try folder([
            "views/a.handlebars": "{{/if}}", "views/partials/p.handlebars": "{{#x}}", "views/b.handlebars": "b",
            "views/c.txt": "",
        ])
        var configuration = configuration(folder, .development)
        configuration.defaultLayout = "mian"
        let report = ViewEngine.check(configuration)
        #expect(report.files == 3)
        #expect(report.errors.map(\.code) == [.syntax, .syntax, .file])
        configuration.caching = .production
        do {
            _ = try ViewEngine(configuration)
            Issue.record("compiled broken files")
        } catch {
            #expect(error.errors.map(\.description) == report.errors.map(\.description))
        }
    }
}
