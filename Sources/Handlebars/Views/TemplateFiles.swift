import Synchronization

/// The template files of some folders, each compiled again only when it has changed.
final class TemplateFiles: Sendable {
    private struct Entry {
        let stamp: FileSystem.Stamp
        /// Whether any change since it was read shows in the stamp.
        let wasSettled: Bool
        let template: Result<Template, TemplateError>
    }

    private let configuration: ViewEngine.Configuration
    private let options: TemplateOptions
    private let fileExtension: String
    private let areTrimmed: Bool
    /// What a file's calls are checked against, if they are.
    private let names: KnownNames?
    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter areTrimmed: whether white space at both ends of each file is left out.
    init(_ configuration: ViewEngine.Configuration, areTrimmed: Bool = true) {
        self.configuration = configuration
        self.areTrimmed = areTrimmed
        options = configuration.compileOptions
        fileExtension = configuration.dottedExtension
        // In production everything is checked together, so that each error is told once.
        let isChecked = configuration.checksNames && configuration.caching == .development
        names = isChecked ? KnownNames(configuration) : nil
    }

    /// Reads everything anew when it is asked for next.
    func forget() {
        entries.withLock { $0 = [:] }
    }

    func path(_ folder: TemplateFolder, _ name: ViewName) -> String {
        folder.path + "/" + name.text + fileExtension
    }

    /// A file's template as the file is now.
    func template(_ folder: TemplateFolder, _ name: ViewName) throws(TemplateError) -> Template {
        let path = path(folder, name)
        if let files = configuration.memoryFiles { return try template(folder, name, among: files) }
        guard try FileSystem.isReachable(name.text + fileExtension, in: folder.path), let stamp = FileSystem.stamp(path)
        else {
            throw missing(folder, name)
        }
        if let entry = entries.withLock({ $0[path] }), entry.stamp == stamp, entry.wasSettled {
            return try entry.template.get()
        }
        let wasSettled = stamp.isSettled
        let (bytes, readStamp) = try FileSystem.read(path, maximumBytes: options.maximumSourceBytes)
        let result = Result { () throws(TemplateError) in try compile(bytes, path) }
        let entry = Entry(stamp: readStamp, wasSettled: wasSettled && readStamp == stamp, template: result)
        entries.withLock { $0[path] = entry }
        return try result.get()
    }

    private func missing(_ folder: TemplateFolder, _ name: ViewName) -> TemplateError {
        TemplateError(
            .file, "there is no \(folder.kind.rawValue) \"\(name.text)\": \(path(folder, name)) does not exist",
            hint: Suggestion.hint(for: name.text, among: (try? names(in: folder)) ?? []))
    }

    /// All partials as their files are now. What is wrong with one is the error of whoever calls it.
    func partials() throws(TemplateError) -> PartialLibrary {
        var library = PartialLibrary()
        for folder in configuration.partialsFolders {
            for name in try names(in: folder) {
                library.add(
                    folder.prefix + name,
                    Result { () throws(TemplateError) in try template(folder, ViewName(name, extension: "")) })
            }
        }
        return library
    }

    /// The names of the templates in a folder, without its prefix, sorted.
    func names(in folder: TemplateFolder) throws(TemplateError) -> [String] {
        if let files = configuration.memoryFiles { return try names(in: folder, among: files) }
        guard !folder.isOptional || FileSystem.isFolder(folder.path) else { return [] }
        var names: [String] = []
        try collect(&names, folder.path, prefix: "", depth: 0)
        return names
    }

    private static let maximumFolderDepth = 16

    private func collect(_ names: inout [String], _ path: String, prefix: String, depth: Int) throws(TemplateError) {
        guard depth <= Self.maximumFolderDepth else {
            throw TemplateError(.limit, "\(path): folders are nested more than \(Self.maximumFolderDepth) deep")
        }
        for entry in try FileSystem.list(path) {
            switch entry.kind {
            case .file where entry.name.hasSuffix(fileExtension):
                names.append(prefix + entry.name.dropLast(fileExtension.count))
                guard names.count <= configuration.maximumFiles else { throw tooMany(path) }
            case .folder:
                try collect(&names, path + "/" + entry.name, prefix: prefix + entry.name + "/", depth: depth + 1)
            default: break
            }
        }
    }

    private func tooMany(_ path: String) -> TemplateError {
        TemplateError(
            .limit, "\(path) and the folders around it have more than \(configuration.maximumFiles) templates",
            hint: "raise maximumFiles")
    }

    // MARK: Files in memory

    private func template(
        _ folder: TemplateFolder, _ name: ViewName, among files: [String: [UInt8]]
    ) throws(TemplateError) -> Template {
        let path = path(folder, name)
        guard let bytes = files[path] else { throw missing(folder, name) }
        guard bytes.count <= options.maximumSourceBytes else {
            throw TemplateError(
                .limit, "\(path) has \(bytes.count) bytes, more than \(options.maximumSourceBytes)",
                hint: "raise maximumSourceBytes")
        }
        return try compile(bytes, path)
    }

    private func names(in folder: TemplateFolder, among files: [String: [UInt8]]) throws(TemplateError) -> [String] {
        let prefix = folder.path + "/"
        let names = files.keys.filter { $0.hasPrefix(prefix) && $0.hasSuffix(fileExtension) }
            .map { String($0.dropFirst(prefix.count).dropLast(fileExtension.count)) }
            .filter { name in !name.split(separator: "/").contains { $0.hasPrefix(".") } }
        guard !names.isEmpty || folder.isOptional else {
            throw TemplateError(.file, "there are no templates in \(folder.path)")
        }
        guard names.count <= configuration.maximumFiles else { throw tooMany(folder.path) }
        return names.sorted()
    }

    private func compile(_ bytes: [UInt8], _ path: String) throws(TemplateError) -> Template {
        let template = try Template(readFrom: path, bytes, options: options, isTrimmed: areTrimmed)
        if let names,
            let error = names.unknownHelpers(in: try NameUse(in: template.source, options: options)).first?.error
        {
            throw error
        }
        return template
    }
}
