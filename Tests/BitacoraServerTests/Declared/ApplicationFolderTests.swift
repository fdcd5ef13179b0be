import Declarations
import Foundation
import Testing
@testable import BitacoraServer

@Suite struct ApplicationFolderTests {
    private func names(_ files: [String: String], _ change: (String) throws -> Void = { _ in }) async throws -> [String]
    {
        try await withTemporaryDirectory { directory in
            let folder = directory + "/shop"
            for (name, text) in files { try write(text, to: folder + "/" + name) }
            try change(folder)
            return try ApplicationFolder.files(folder).keys.sorted()
        }
    }

    @Test("of a folder app.json, the schemas and the names of the templates are read, and hidden files are ignored")
    func kinds() async throws {
        let files = [
            "app.json": "{}", "schemas/a.json": "{}", "schemas/b/c.json": "{}", "schemas/notes.txt": "",
            "schemas/.hidden.json": "{}", "views/home.handlebars": "x", "views/partials/row.handlebars": "x",
            "views/.git/x.handlebars": "x", "views/assets/style.css": "x", "README.md": "x",
        ]
        #expect(
            try await names(files) == [
                "app.json", "schemas/a.json", "schemas/b/c.json", "views/home.handlebars",
                "views/partials/row.handlebars",
            ])
    }

    @Test("a link is followed to a file inside the folder only, and never to a directory")
    func links() async throws {
        let read = try await names(["app.json": "{}", "schemas/a.json": "{}"]) { folder in
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: folder + "/schemas/b.json", withDestinationPath: "a.json")
            try manager.createSymbolicLink(atPath: folder + "/schemas/d", withDestinationPath: "../schemas")
        }
        #expect(read == ["app.json", "schemas/a.json", "schemas/b.json"])
    }

    @Test("FIFOs are faults, and so are links of schemas that lead out of the folder, nowhere or to a directory")
    func notFiles() async throws {
        let files = ["app.json": "{}", "schemas/a.json": "{}", "views/a.handlebars": "x", "../outside.json": "{}"]
        let faults = try await #require(throws: ApplicationFaults.self) {
            _ = try await names(files) { folder in
                let manager = FileManager.default
                try manager.createSymbolicLink(
                    atPath: folder + "/schemas/b.json", withDestinationPath: "../../outside.json")
                try manager.createSymbolicLink(atPath: folder + "/schemas/c.json", withDestinationPath: "missing.json")
                try manager.createSymbolicLink(atPath: folder + "/schemas/d.json", withDestinationPath: "../views")
                for name in ["/schemas/e.json", "/views/c.handlebars"] {
                    try #require(mkfifo(folder + name, 0o600) == 0)
                }
            }
        }
        let link = "this is a symbolic link to a file"
        let special = "this is not a regular file; replace it with one"
        #expect(
            faults.faults.map(\.description) == [
                "schemas/b.json: \(link) outside of the folder; replace the link with the file",
                "schemas/c.json: \(link) that does not exist; replace the link with a file",
                "schemas/d.json: \(special)", "schemas/e.json: \(special)",
                "views/c.handlebars: \(special)",
            ])
    }

    @Test("too many files, a file that is too large, and directories that are too deep are faults that name them")
    func bounds() async throws {
        let many = (0...ApplicationDefinition.maximumFiles).map { ("schemas/\($0).json", "{}") }
        let large = String(repeating: " ", count: ApplicationDefinition.maximumFileBytes + 1)
        let deep = "schemas/" + String(repeating: "d/", count: 16) + "x.json"
        for (files, part) in [
            (many, "at most 1000 schemas"), ([("schemas/large.json", large)], "schemas/large.json: the file is larger"),
            ([(deep, "{}")], "nested to at most 16 levels"),
        ] {
            let faults = try await #require(throws: ApplicationFaults.self) {
                _ = try await names(Dictionary(uniqueKeysWithValues: [("app.json", "{}")] + files))
            }
            #expect(faults.faults.contains { $0.description.contains(part) }, "\(faults)")
        }
    }

    @Test(
        "a view or asset with the name of one of the server's own is a fault, unless it is meant to be replaced",
        arguments: [
            ("views/log.handlebars", true), ("views/assets/live.js", true), ("views/assets/transports/panel.js", true),
            ("views/partials/logRow.handlebars", true), ("views/layouts/main.handlebars", false),
            ("views/error.handlebars", false), ("views/assets/favicon.svg", false), ("views/live.js", false),
            ("views/assets/shop.css", false),
        ])
    func reserved(_ file: String, _ isFault: Bool) async throws {
        try await withTemporaryDirectory { folder in
            try write("{", to: folder + "/app.json")
            try write("x", to: folder + "/" + file)
            let broken = #expect(throws: ApplicationFaults.self) { try ApplicationFolder.definition(folder) }
            let message = "\(file): the server's own pages use this name; choose another one"
            #expect(broken?.faults.dropFirst().map(\.description) == (isFault ? [message] : []))
            try write("{}", to: folder + "/app.json")
            let faults: [ApplicationFaults.Fault]
            do throws(ApplicationFaults) {
                _ = try ApplicationFolder.definition(folder)
                faults = []
            } catch {
                faults = error.faults
            }
            #expect(faults.map(\.description) == (isFault ? [message] : []))
        }
    }

    @Test("a file that is changed, added or removed has another mark")
    func statuses() async throws {
        try await withTemporaryDirectory { folder in
            try write("{}", to: folder + "/app.json")
            let first = ApplicationFolder.statuses(folder)
            #expect(first == ApplicationFolder.statuses(folder))
            try write("{ }", to: folder + "/app.json")
            let changed = ApplicationFolder.statuses(folder)
            #expect(changed != first)
            try write("{}", to: folder + "/schemas/a.json")
            #expect(ApplicationFolder.statuses(folder) != changed)
            try FileManager.default.removeItem(atPath: folder + "/schemas/a.json")
            #expect(ApplicationFolder.statuses(folder) == changed)
        }
    }
}

@Suite struct RedirectTests {
    @Test(
        "an address leads to this site when it begins with one slash",
        arguments: [
            ("/", true), ("/orders/7?status=paid#top", true), ("", false), ("orders", false), ("//evil.example", false),
            ("/\\evil.example", false), ("/a\r\nSet-Cookie: x", false), ("/ü", false),
            ("/" + String(repeating: "a", count: 2048), false),
        ])
    func path(_ address: String, _ isPath: Bool) {
        #expect(SitePath.isPath(address) == isPath)
    }
}
