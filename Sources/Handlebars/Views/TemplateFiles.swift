import Synchronization

/// The three kinds of template files in a views folder.
enum TemplateFolder: Sendable, CaseIterable {
    case views, layouts, partials

    /// How an error calls one of its files.
    var noun: String {
        switch self {
        case .views: "view"
        case .layouts: "layout"
        case .partials: "partial"
        }
    }
}

/// The template files of a folder, each compiled again only when it has changed.
final class TemplateFiles: Sendable {
    private struct Entry {
        let stamp: FileSystem.Stamp
        let template: Result<Template, TemplateError>
    }

    private let configuration: ViewEngine.Configuration
    private let entries = Mutex<[String: Entry]>([:])

    init(_ configuration: ViewEngine.Configuration) {
        self.configuration = configuration
    }

    func path(_ folder: TemplateFolder) -> String {
        switch folder {
        case .views: configuration.views
        case .layouts: configuration.views + "/layouts"
        case .partials: configuration.views + "/partials"
        }
    }

    /// A file's template as the file is now.
    func template(_ folder: TemplateFolder, _ name: ViewName) throws(TemplateError) -> Template {
        let path = path(folder) + "/" + name.text + configuration.fileExtension
        guard let stamp = FileSystem.stamp(path) else {
            throw TemplateError(
                .file, "there is no \(folder.noun) \"\(name.text)\": \(path) does not exist",
                hint: Suggestion.hint(for: name.text, among: (try? names(in: folder)) ?? []))
        }
        if let entry = entries.withLock({ $0[path] }), entry.stamp == stamp { return try entry.template.get() }
        let (bytes, readStamp) = try FileSystem.read(path, maximumBytes: configuration.options.maximumSourceBytes)
        let result = Result { () throws(TemplateError) in try compile(bytes, path) }
        let entry = Entry(stamp: readStamp, template: result)
        entries.withLock { $0[path] = entry }
        return try result.get()
    }

    /// All partials as their files are now. What is wrong with one is the error of whoever calls it.
    func partials() throws(TemplateError) -> PartialLibrary {
        var library = PartialLibrary()
        for name in try names(in: .partials) {
            library.add(
                name,
                Result { () throws(TemplateError) in
                    try template(.partials, ViewName(name, extension: configuration.fileExtension))
                })
        }
        return library
    }

    /// The names of the templates in a folder, sorted. A folder for layouts or partials need not exist.
    func names(in folder: TemplateFolder) throws(TemplateError) -> [String] {
        let root = path(folder)
        guard folder == .views || FileSystem.isFolder(root) else { return [] }
        var names: [String] = []
        try collect(&names, root, prefix: "", skipping: folder == .views ? ["layouts", "partials"] : [], depth: 0)
        return names
    }

    private static let maximumFolderDepth = 16

    private func collect(
        _ names: inout [String], _ path: String, prefix: String, skipping skipped: [String], depth: Int
    ) throws(TemplateError) {
        guard depth <= Self.maximumFolderDepth else {
            throw TemplateError(.limit, "\(path): folders are nested more than \(Self.maximumFolderDepth) deep")
        }
        for entry in try FileSystem.list(path) {
            switch entry.kind {
            case .file where entry.name.hasSuffix(configuration.fileExtension):
                names.append(prefix + entry.name.dropLast(configuration.fileExtension.count))
                guard names.count <= configuration.maximumFiles else {
                    throw TemplateError(
                        .limit, "\(configuration.views) has more than \(configuration.maximumFiles) templates",
                        hint: "raise maximumFiles")
                }
            case .folder where !skipped.contains(entry.name):
                let name = prefix + entry.name + "/"
                try collect(&names, path + "/" + entry.name, prefix: name, skipping: [], depth: depth + 1)
            default: break
            }
        }
    }

    private func compile(_ bytes: [UInt8], _ path: String) throws(TemplateError) -> Template {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw TemplateError(.file, "\(path) is not UTF-8", hint: "save it as UTF-8")
        }
        return try Template(Source(name: path, trimming: bytes), options: configuration.options)
    }
}
