import Declarations
import Testing

@Suite struct ArchiveTests {
    @Test("an archive has the same bytes for the same files, and gives the same application", arguments: [true, false])
    func roundTrip(isShop: Bool) throws {
        let definition =
            isShop
            ? try Folder.shop.read()
            : try ApplicationDefinition(files: ExampleFolder.files.mapValues { Array($0.utf8) })
        let archive = definition.archive
        let restored = try ApplicationDefinition(archive: archive)
        #expect(restored.files == definition.files)
        #expect(restored.archive == archive)
        #expect(restored.collections == definition.collections)
        #expect(restored.commands.map(\.name) == definition.commands.map(\.name))
        #expect(restored.pages.map(\.route.text) == definition.pages.map(\.route.text))
    }

    @Test("an archive has the files that the definition depends on, and no others")
    func contents() throws {
        let folder = Folder(
            "small", #"{ "pages": { "/a": { "template": "a", "layout": "main" } } }"#,
            files: ["schemas/unused.json": "true", "README.md": "x", "schemas/readme.txt": "y"], views: ["a", "b"])
        #expect(
            String(decoding: try folder.read().archive, as: UTF8.self)
                == #"{"format":1,"files":{"app.json":"{ \"pages\": { \"/a\": { \"template\": \"a\", \"layout\": \"main\" } } }","schemas/unused.json":"true"},"views":["views/a.handlebars"]}"#
        )
    }

    @Test(
        "bytes that are no archive are refused with the reason",
        arguments: [
            ("", "line 1, column 1: expected a value, found the end of the text"),
            ("[]", "it has no format"),
            (#"{"format":2,"files":{},"views":[]}"#, "its format is 2, and this version reads format 1"),
            (#"{"format":1,"files":{}}"#, "it has no files or no views"),
            (#"{"format":1,"files":{"app.json":1},"views":[]}"#, "a file is a number"),
            (#"{"format":1,"files":{},"views":[null]}"#, "the name of a view is null"),
        ])
    func notAnArchive(text: String, reason: String) {
        let fault =
            "app.json: the stored definition cannot be read: \(reason); name the folder of the application with --app"
        #expect(throws: ApplicationFaults.self) { try ApplicationDefinition(archive: Array(text.utf8)) }
        do throws(ApplicationFaults) {
            _ = try ApplicationDefinition(archive: Array(text.utf8))
        } catch {
            #expect(error.faults.map(\.description) == [fault])
        }
    }

    @Test(
        "an archive with two Unicode forms of a path is refused",
        arguments: [
            #"{"format":1,"files":{"app.json":"{}","schemas/é.json":"{}","schemas/e\u0301.json":"{}"},"views":[]}"#,
            #"{"format":1,"files":{"app.json":"{}"},"views":["views/é.handlebars","views/e\u0301.handlebars"]}"#,
        ])
    func lookalikes(archive: String) {
        do throws(ApplicationFaults) {
            _ = try ApplicationDefinition(archive: Array(archive.utf8))
            Issue.record("the archive was read")
        } catch {
            #expect(error.faults.count == 1)
            #expect(error.faults.first?.message.contains("looks like an earlier name") == true)
        }
    }

    @Test("an archive of a definition with faults reports them")
    func faults() {
        let archive = #"{"format":1,"files":{"app.json":"{\n\"page\":{}}"},"views":[]}"#
        do throws(ApplicationFaults) {
            _ = try ApplicationDefinition(archive: Array(archive.utf8))
            Issue.record("the archive was read")
        } catch {
            #expect(error.faults.map(\.description) == [#"app.json:2:1: unknown key "page"; did you mean "pages"?"#])
        }
    }
}
