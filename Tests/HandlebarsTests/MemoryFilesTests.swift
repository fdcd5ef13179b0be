import Handlebars
import Testing

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

    @Test("views, layouts and partials are found by their paths, and no folder is read")
    func pages() throws {
        let views = try ViewEngine(configuration(Self.files))
        #expect(try String(decoding: views.render("home", ["title": "Lamp"]), as: UTF8.self) == "<home row Lamp>")
        #expect(try String(decoding: views.render("deep/er", [:], layout: .none), as: UTF8.self) == "deeper")
        for name in ["notes", ".hidden", "../Elsewhere/x", "nothing"] {
            let error = #expect(throws: TemplateError.self) { try views.render(name, [:]) }
            #expect(error?.code == .file)
        }
    }

    @Test("what is wrong is told as with files, and so is what is missing")
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

    @Test("there is a most that one may have, and that there may be")
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
