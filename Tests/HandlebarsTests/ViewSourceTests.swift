import Foundation
import Handlebars
import Testing

/// An application's templates stand before built-in ones; either may be on disk or in memory.
@Suite("Sources of views")
struct ViewSourceTests {
    private static let builtIn = [
        "home.handlebars": "built-in home {{> row}} {{> shop/cell}}", "about.handlebars": "built-in about",
        "layouts/main.handlebars": "built-in <{{{body}}}>", "layouts/bare.handlebars": "built-in [{{{body}}}]",
        "partials/row.handlebars": "built-in row", "partials/shop/cell.handlebars": "built-in cell",
    ]

    /// Where the application's and the built-in templates are.
    enum Arrangement: CaseIterable { case disk, memory, diskBeforeMemory, memoryBeforeDisk }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func source(_ name: String, _ files: [String: String], isOnDisk: Bool) throws -> ViewSource {
        guard isOnDisk else {
            let paths = files.map { ("\(name)/\($0)", Array($1.utf8)) }
            return .memory(Dictionary(uniqueKeysWithValues: paths), root: name)
        }
        for (path, text) in files { try folder.write("\(name)/\(path)", text) }
        return .directory(folder.path + "/" + name)
    }

    private func configuration(
        _ application: [String: String], _ builtIn: [String: String] = builtIn,
        _ arrangement: Arrangement = .diskBeforeMemory, _ caching: ViewEngine.Caching = .production
    ) throws -> ViewEngine.Configuration {
        var configuration = ViewEngine.Configuration(sources: [
            try source("App", application, isOnDisk: [.disk, .diskBeforeMemory].contains(arrangement)),
            try source("BuiltIn", builtIn, isOnDisk: [.disk, .memoryBeforeDisk].contains(arrangement)),
        ])
        configuration.caching = caching
        return configuration
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        "a page, a layout and a partial of the first source replace those of the second",
        arguments: Arrangement.allCases,
        [ViewEngine.Caching.production, .development])
    func overrides(_ arrangement: Arrangement, _ caching: ViewEngine.Caching) throws {
        for (name, application, page) in [
            ("new", ["new.handlebars": "new"], "built-in <built-in home built-in row built-in cell>"),
            ("home", ["home.handlebars": "own home {{> row}}"], "built-in <own home built-in row>"),
            ("layout", ["layouts/main.handlebars": "own {{{body}}}"], "own built-in home built-in row built-in cell"),
            ("row", ["partials/row.handlebars": "own row"], "built-in <built-in home own row built-in cell>"),
            ("cell", ["partials/shop/cell.handlebars": "own"], "built-in <built-in home built-in row own>"),
        ] {
            let engine = try ViewEngine(configuration(application, Self.builtIn, arrangement, caching))
            #expect(text(try engine.render("home", [:])) == page, "\(name)")
            #expect(text(try engine.render("about", [:], layout: "bare")) == "built-in [built-in about]")
            for path in application.keys { try? folder.remove("App/" + path) }
        }
    }

    @Test("of three sources the first that has a file is used, also with directories of its own for partials")
    func order() throws {
        var first = try source("First", ["x.handlebars": "", "parts/a.handlebars": "1a"], isOnDisk: false)
        first.partials = ["First/parts"]
        var second = try source(
            "Second",
            ["home.handlebars": "2 {{> a}} {{> b}} {{> in/c}}", "one/b.handlebars": "2b", "two/b.handlebars": "late"],
            isOnDisk: true)
        second.partials = [
            .init(folder.path + "/Second/one"), .init(folder.path + "/Second/two"),
            .init(folder.path + "/Second/one", namespace: "in"),
        ]
        let third = try source(
            "Third",
            [
                "home.handlebars": "3", "partials/a.handlebars": "3a", "partials/b.handlebars": "3b",
                "partials/in/c.handlebars": "3c",
            ], isOnDisk: true)
        for caching in [ViewEngine.Caching.production, .development] {
            var configuration = ViewEngine.Configuration(sources: [first, second, third])
            configuration.caching = caching
            configuration.defaultLayout = nil
            #expect(text(try ViewEngine(configuration).render("home", [:])) == "2 1a late 3c")
        }
    }

    @Test(
        "files of the same path on disk and in memory are different files",
        arguments: [ViewEngine.Caching.production, .development])
    func samePath(_ caching: ViewEngine.Caching) throws {
        let root = folder.path + "/Views"
        try folder.write("Views/partials/p.handlebars", "disk")
        let files = ["home": "memory home {{> p}}", "partials/p": "memory"].map {
            ("\(root)/\($0).handlebars", Array($1.utf8))
        }
        let memory = ViewSource.memory(Dictionary(uniqueKeysWithValues: files), root: root + "/")
        for (sources, page) in [
            ([.directory(root), memory], "memory home disk"), ([memory, .directory(root)], "memory home memory"),
        ] as [([ViewSource], String)] {
            var configuration = ViewEngine.Configuration(sources: sources)
            configuration.caching = caching
            configuration.defaultLayout = nil
            let engine = try ViewEngine(configuration)
            for _ in 0..<2 { #expect(text(try engine.render("home", [:])) == page) }
        }
    }

    @Test("a broken override is an error, with its path, and the built-in template does not replace it")
    func brokenOverrides() throws {
        for (arrangement, root) in [(Arrangement.diskBeforeMemory, folder.path + "/App"), (.memoryBeforeDisk, "App")] {
            for path in ["home", "layouts/main", "partials/row"] {
                let application = ["\(path).handlebars": "ok\n  {{#if}", "keep.handlebars": ""]
                let report = ViewEngine.check(try configuration(application, Self.builtIn, arrangement))
                #expect(report.errors.map { $0.location?.template } == ["\(root)/\(path).handlebars"])
                #expect(report.errors.map(\.code) == [.syntax])
                let engine = try ViewEngine(configuration(application, Self.builtIn, arrangement, .development))
                let error = #expect(throws: TemplateError.self) { try engine.render("home", [:]) }
                #expect(error?.location?.template == "\(root)/\(path).handlebars")
                try? folder.remove("App/\(path).handlebars")
            }
        }
    }

    @Test("an override that is a link to a missing file is an error")
    func brokenLink() throws {
        for caching in [ViewEngine.Caching.production, .development] {
            let configuration = try configuration(["keep.handlebars": ""], Self.builtIn, .diskBeforeMemory, caching)
            if caching == .production { try folder.link("App/home.handlebars", to: "nowhere") }
            #expect(
                ViewEngine.check(configuration).errors.map(\.message) == [
                    "\(folder.path)/App/home.handlebars is a symbolic link to a file that does not exist"
                ])
            guard caching == .development else { continue }
            let engine = try ViewEngine(configuration)
            #expect(throws: TemplateError.self) { try engine.render("home", [:]) }
            #expect(text(try engine.render("about", [:], layout: nil)) == "built-in about")
        }
    }

    @Test("a broken built-in template that is replaced is not an error, and files count once")
    func brokenBuiltIn() throws {
        var builtIn = Self.builtIn
        builtIn["home.handlebars"] = "{{#if"
        let report = ViewEngine.check(try configuration(["home.handlebars": "own"], builtIn))
        #expect(report.errors.isEmpty)
        #expect(report.files == 6)
    }

    @Test("a view that no source has is reported with every place where it was looked for")
    func missing() throws {
        var configuration = try configuration(["keep.handlebars": ""], ["about.handlebars": "about"])
        configuration.requiredViews = ["home", "about", "abuot"]
        let app = folder.path + "/App"
        let errors = ViewEngine.check(configuration).errors
        #expect(
            errors.map(\.message) == [
                "there is no view \"home\" in \(app) or BuiltIn", "there is no view \"abuot\" in \(app) or BuiltIn",
                "there is no layout \"main\" in \(app)/layouts or BuiltIn/layouts",
            ])
        #expect(
            errors.map(\.hint) == [
                "create \(app)/home.handlebars", "did you mean \"about\"?", "create \(app)/layouts/main.handlebars",
            ])
        configuration.requiredViews = []
        configuration.defaultLayout = nil
        for caching in [ViewEngine.Caching.production, .development] {
            configuration.caching = caching
            let engine = try ViewEngine(configuration)
            let error = #expect(throws: TemplateError.self) { try engine.render("abuot", [:]) }
            #expect(error?.message == "there is no view \"abuot\" in \(app) or BuiltIn")
            #expect(error?.hint == "did you mean \"about\"?")
        }
    }

    @Test("names of all sources are known: partials of one are called from another")
    func checksNames() throws {
        var configuration = try configuration(
            ["home.handlebars": "{{> row}} {{> own}} {{> rwo}}", "partials/own.handlebars": "own"])
        configuration.checksNames = true
        let report = ViewEngine.check(configuration)
        #expect(report.errors.map(\.message) == ["The partial rwo could not be found"])
        #expect(report.errors.first?.hint == "did you mean \"row\"?")
    }

    @Test(
        "in development an override shows when it was added, changed and removed",
        arguments: [
            ("home", "own"), ("layouts/main", "own"), ("partials/row", "built-in <built-in home own built-in cell>"),
        ])
    func follows(_ name: String, _ page: String) throws {
        for arrangement in [Arrangement.disk, .diskBeforeMemory] {
            try folder.write("App/keep.txt", "")
            let configuration = try configuration([:], Self.builtIn, arrangement, .development)
            let engine = try ViewEngine(configuration)
            let usual = "built-in <built-in home built-in row built-in cell>"
            let expected = name == "home" ? "built-in <own>" : page
            for _ in 0..<2 {
                #expect(text(try engine.render("home", [:])) == usual)
                try folder.write("App/\(name).handlebars", "other")
                #expect(text(try engine.render("home", [:])) == expected.replacing("own", with: "other"))
                try folder.write("App/\(name).handlebars", "own")
                #expect(text(try engine.render("home", [:])) == expected)
                try folder.write("App/\(name).handlebars", "{{")
                #expect(throws: TemplateError.self) { try engine.render("home", [:]) }
                try folder.remove("App/\(name).handlebars")
            }
            #expect(text(try engine.render("home", [:])) == usual)
        }
    }

    @Test("in production an override that was added shows after reload()")
    func reloads() throws {
        try folder.write("App/keep.txt", "")
        let engine = try ViewEngine(configuration([:]))
        try folder.write("App/home.handlebars", "own")
        #expect(text(try engine.render("about", [:])) == "built-in <built-in about>")
        #expect(text(try engine.render("home", [:])) == "built-in <built-in home built-in row built-in cell>")
        try engine.reload()
        #expect(text(try engine.render("home", [:])) == "built-in <own>")
    }

    @Test("paths in memory may begin with the names of the views, and a list of sources has at least one")
    func roots() throws {
        var configuration = ViewEngine.Configuration(sources: [
            .memory(["home.handlebars": Array("{{> p}}".utf8), "partials/p.handlebars": Array("p".utf8)], root: "")
        ])
        configuration.defaultLayout = nil
        #expect(text(try ViewEngine(configuration).render("home", [:])) == "p")
        configuration.sources = []
        #expect(ViewEngine.check(configuration).errors.map(\.message) == ["the list of view sources is empty"])
        #expect(throws: ViewErrors.self) { try ViewEngine(configuration) }
    }
}

@Suite("Templates in memory")
struct MemoryFilesTests {
    private func configuration(_ files: [String: String]) -> ViewEngine.Configuration {
        ViewEngine.Configuration(sources: [.memory(files.mapValues { Array($0.utf8) }, root: "Views")])
    }

    private static let files = [
        "Views/home.handlebars": "home {{> shop/row}}", "Views/deep/er.handlebars": "deeper",
        "Views/layouts/main.handlebars": "<{{{body}}}>",
        "Views/partials/shop/row.handlebars": "row {{title}}\n", "Views/notes.txt": "{{#if",
        "Elsewhere/x.handlebars": "{{#if",
        "Views/.hidden.handlebars": "{{#if", "Views/.git/y.handlebars": "{{#if",
    ]

    @Test("views, layouts and partials are found by their paths, and no directory is read")
    func pages() throws {
        let views = try ViewEngine(configuration(Self.files))
        #expect(try String(decoding: views.render("home", ["title": "Lamp"]), as: UTF8.self) == "<home row Lamp>")
        #expect(try String(decoding: views.render("deep/er", [:], layout: .none), as: UTF8.self) == "deeper")
        for name in ["notes", ".hidden", "../Elsewhere/x", "nothing"] {
            let error = #expect(throws: TemplateError.self) { try views.render(name, [:]) }
            #expect(error?.code == .file)
        }
    }

    @Test("errors and missing templates are reported as for files on disk")
    func errors() {
        var files = Self.files
        files["Views/home.handlebars"] = "\n{{#if x}}"
        files["Views/layouts/main.handlebars"] = nil
        var configuration = configuration(files)
        configuration.requiredViews = ["hom"]
        let report = ViewEngine.check(configuration)
        #expect(report.files == 3)
        #expect(report.errors.map { $0.location?.description } == ["Views/home.handlebars:2:1", nil, nil])
        #expect(
            report.errors.dropFirst().map(\.message) == [
                "there is no view \"hom\" in Views", "there is no layout \"main\" in Views/layouts",
            ])
        #expect(report.errors[1].hint == "did you mean \"home\"?")
        #expect(ViewEngine.check(self.configuration([:])).errors.first?.message == "there are no templates in Views")
    }

    @Test("the size and the number of files are limited")
    func limits() {
        var small = configuration(Self.files)
        small.options.maximumSourceBytes = 12
        #expect(
            ViewEngine.check(small).errors.contains {
                $0.code == .limit && $0.message.hasPrefix("Views/home.handlebars has 19 bytes")
            })
        var few = configuration(Self.files)
        few.maximumFiles = 2
        #expect(
            ViewEngine.check(few).errors.contains { $0.code == .limit && $0.message.contains("more than 2 templates") })
    }
}
