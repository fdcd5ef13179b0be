import Handlebars
import Testing

@Suite("Templates in files")
struct TemplateFileTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("a file is compiled unchanged or trimmed, with the locations of the file")
    func file() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.hbs", "\n {{x}}\n")
        try folder.write("b.hbs", "\n {{#if}}")
        let path = folder.path + "/a.hbs"
        #expect(text(try Template(file: path).render(["x": 1])) == "\n 1\n")
        #expect(text(try Template(file: path, isTrimmed: true).render(["x": 1])) == "1")
        for isTrimmed in [true, false] {
            do {
                _ = try Template(file: folder.path + "/b.hbs", isTrimmed: isTrimmed)
                Issue.record("compiled a block that is never closed")
            } catch {
                #expect(error.location == .init(template: folder.path + "/b.hbs", line: 2, column: 2))
            }
        }
        for name in ["none.hbs", ""] {
            do {
                _ = try Template(file: folder.path + "/" + name)
                Issue.record("compiled \(name)")
            } catch {
                #expect(error.code == .file)
            }
        }
    }

    @Test("a directory is a library of partials by their paths, and a broken partial is an error of its callers")
    func folder() throws {
        let folder = try TemporaryFolder()
        try folder.write("row.hbs", "<{{x}}>\n")
        try folder.write("deep/er/cell.hbs", "cell")
        try folder.write("broken.hbs", "{{#if}}")
        try folder.write("row.handlebars", "other")
        let library = try PartialLibrary(directory: folder.path, fileExtension: "hbs")
        #expect(library.names.sorted() == ["broken", "deep/er/cell", "row"])
        let template = try Template("{{> row x=1}}|{{> deep/er/cell}}{{#if y}}{{> broken}}{{/if}}", name: "t")
        #expect(text(try template.render([:], partials: library)) == "<1>\n|cell")
        #expect(throws: TemplateError.self) { try template.render(["y": true], partials: library) }
        let trimmed = try PartialLibrary(directory: folder.path, fileExtension: ".hbs", isTrimmed: true)
        #expect(text(try template.render([:], partials: trimmed)) == "<1>|cell")
        #expect(throws: TemplateError.self) { try PartialLibrary(directory: folder.path + "/none") }
    }
}
