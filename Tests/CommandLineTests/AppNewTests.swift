import JSON
import Testing

@Suite("bitacora app new")
struct AppNewTests {
    @Test("writes an application without errors, and prints how to serve and open it", arguments: ["", "a/b c/"])
    func writes(_ parents: String) async throws {
        let files = try TemporaryFiles([:])
        let folder = files[parents + "orders"]
        let result = try await Tool.run(["app", "new", folder + "/"])
        #expect(result.status == 0, "\(result.errors)")
        let shown = parents.isEmpty ? folder : "'\(folder)'"
        #expect(result.lines == ["Start: bitacora serve --app \(shown)", "Open: http://127.0.0.1:8080/orders"])
        let check = try await Tool.run(["app", "check", folder])
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    @Test("the files are reported as JSON, and can be written into an empty folder")
    func json() async throws {
        let files = try TemporaryFiles(["shop/x": ""])
        try files.remove("shop/x")
        let result = try await Tool.run(["app", "new", "--json", files["shop"]])
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONValue(parsing: result.output)
        #expect(report.object?.entries.map(\.key) == ["folder", "files", "command", "address"])
        let paths = try #require(report["files"]?.array).compactMap(\.string)
        #expect(paths.contains("app.json") && paths == paths.sorted())
        for path in paths { #expect(try !files.text("shop/" + path).isEmpty, "\(path)") }
    }

    @Test("a folder with files is refused with the first of them, and nothing is written")
    func occupied() async throws {
        let files = try TemporaryFiles(["shop/notes": "mine", "shop/.git/x": ""])
        let result = try await Tool.run(["app", "new", files["shop"]])
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(
            result.errors
                == "bitacora: \(files["shop"]) is not empty: it has .git; name a new folder, or an empty one\n")
        #expect(try files.text("shop/notes") == "mine")
        #expect(
            try await Tool.run(["app", "check", files["shop"]]).output.contains("app.json: this file does not exist"))
    }

    @Test("a file in the place of the folder, or of a parent, is an error", arguments: ["file", "file/shop"])
    func file(_ name: String) async throws {
        let files = try TemporaryFiles(["file": "mine"])
        let result = try await Tool.run(["app", "new", files[name]])
        #expect(result.status == 2)
        #expect(result.errors.hasPrefix("bitacora: \(files["file"])"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(try files.text("file") == "mine")
    }
}
