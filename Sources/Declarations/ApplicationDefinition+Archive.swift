import JSON

extension ApplicationDefinition {
    /// The files in one JSON text, as the log stores them:
    /// `{"format":1,"files":{"app.json":"…"},"views":["views/a.handlebars"]}`, the paths in the order of their bytes.
    /// The same files give the same bytes.
    package var archive: [UInt8] {
        var contents = JSONObject()
        var views: [JSONValue] = []
        for path in files.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            if SourceFiles.isJSON(path) {
                contents[path] = .string(String(decoding: files[path, default: []], as: UTF8.self))
            } else {
                views.append(.string(path))
            }
        }
        let archive: JSONObject = [
            "format": .number(JSONNumber(Self.archiveFormat)), "files": .object(contents), "views": .array(views),
        ]
        return JSONValue.object(archive).bytes
    }

    /// Reads the application of an archive.
    ///
    /// - Throws: the faults of the definition; one fault when the bytes are not an archive.
    package init(archive: [UInt8]) throws(ApplicationFaults) {
        try self.init(files: try Self.files(archive: archive))
    }

    private static let archiveFormat = 1

    private static func files(archive: [UInt8]) throws(ApplicationFaults) -> [String: [UInt8]] {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: archive)
        } catch {
            throw notAnArchive("\(error)")
        }
        guard let format = value["format"]?.int else { throw notAnArchive("it has no format") }
        guard format == archiveFormat else {
            throw notAnArchive("its format is \(format), and this version reads format \(archiveFormat)")
        }
        guard let contents = value["files"]?.object, let views = value["views"]?.array else {
            throw notAnArchive("it has no files or no views")
        }
        var files: [String: [UInt8]] = [:]
        for (path, content) in contents.entries {
            guard let text = content.string else { throw notAnArchive("a file is \(content.kindName)") }
            // `String` compares by canonical equivalence, and would keep only one of two paths.
            guard files.updateValue(Array(text.utf8), forKey: path) == nil else { throw lookalike(path) }
        }
        for view in views {
            guard let path = view.string else { throw notAnArchive("the name of a view is \(view.kindName)") }
            guard files.updateValue([], forKey: path) == nil else { throw lookalike(path) }
        }
        return files
    }

    private static func lookalike(_ path: String) -> ApplicationFaults {
        ApplicationFaults(faults: [.init(file: path, position: nil, message: Lookalike.message(path))])
    }

    private static func notAnArchive(_ reason: String) -> ApplicationFaults {
        ApplicationFaults(faults: [
            .init(
                file: "app.json", position: nil,
                message:
                    "the stored definition cannot be read: \(reason); name the folder of the application with --app")
        ])
    }
}
