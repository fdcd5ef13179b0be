import JSON
import Synchronization

/// The template files of an engine's sources, each compiled again only when it has changed.
final class TemplateFiles: Sendable {
    private struct Key: Hashable {
        /// The position of the source: files on disk and in memory may have the same path.
        let source: Int
        let path: ExactText
    }

    private struct Entry {
        /// The state of the file that was read; `nil` for a file in memory, which never changes.
        let stamp: FileSystem.Stamp?
        /// Whether any change since the file was read shows in the stamp.
        let wasSettled: Bool
        let template: Result<Template, TemplateError>
    }

    private let configuration: ViewEngine.Configuration
    private let options: TemplateOptions
    private let fileExtension: String
    private let areTrimmed: Bool
    /// What the calls in a file are checked against; `nil` when they are not checked.
    private let names: KnownNames?
    private let entries = Mutex<[Key: Entry]>([:])

    /// - Parameter areTrimmed: whether white space at both ends of each file is left out.
    init(_ configuration: ViewEngine.Configuration, areTrimmed: Bool = true) {
        self.configuration = configuration
        self.areTrimmed = areTrimmed
        options = configuration.compileOptions
        fileExtension = configuration.dottedExtension
        // In production everything is checked together, so that each error is reported once.
        let isChecked = configuration.checksNames && configuration.caching == .development
        names = isChecked ? KnownNames(configuration) : nil
    }

    /// Reads every file again when it is needed next.
    func forget() {
        entries.withLock { $0 = [:] }
    }

    func path(_ directory: TemplateDirectory, _ name: ViewName) -> String {
        directory.path(of: name.text + fileExtension)
    }

    /// The template of a name as its file is now, from the first source that has such a file.
    func template(_ kind: TemplateDirectory.Kind, _ name: ViewName) throws(TemplateError) -> Template {
        let directories = configuration.directories(of: kind)
        for directory in directories {
            if let template = try find(directory, name) { return template }
        }
        let names = directories.flatMap { (try? self.names(in: $0)) ?? [] }
        throw TemplateError(missing: kind, name.text, in: directories, among: names)
    }

    /// The template of a file as the file is now; `nil` when there is no such file.
    func find(_ directory: TemplateDirectory, _ name: ViewName) throws(TemplateError) -> Template? {
        let path = path(directory, name)
        let key = Key(source: directory.source, path: ExactText(path))
        let entry = entries.withLock { $0[key] }
        if let files = directory.files {
            if let entry { return try entry.template.get() }
            guard let bytes = files[path] else { return nil }
            return try compile(key, stamp: nil, wasSettled: true) { () throws(TemplateError) in
                try checkLength(bytes.count, path)
                return bytes
            }
        }
        guard try FileSystem.isReachable(name.text + fileExtension, in: directory.path),
            let stamp = FileSystem.stamp(path)
        else { return nil }
        if let entry, entry.stamp == stamp, entry.wasSettled { return try entry.template.get() }
        let wasSettled = stamp.isSettled
        let (bytes, readStamp) = try FileSystem.read(path, maximumBytes: options.maximumSourceBytes)
        return try compile(key, stamp: readStamp, wasSettled: wasSettled && readStamp == stamp) { bytes }
    }

    /// All partials as their files are now. An error in one is thrown to the templates that call it.
    func partials() throws(TemplateError) -> PartialLibrary {
        var files: [ExactText: (directory: TemplateDirectory, name: String)] = [:]
        for directory in configuration.directories(of: .partial) {
            for name in try names(in: directory) {
                // Of two sources the first wins, of two directories of a source the later.
                let known = files[directory.prefix + name]
                if known == nil || known?.directory.source == directory.source {
                    files[directory.prefix + name] = (directory, name)
                }
            }
        }
        var library = PartialLibrary()
        for (name, file) in files {
            let template = Result { () throws(TemplateError) in
                try find(file.directory, ViewName(file.name, extension: ""))
            }
            switch template {
            case .success(let template?): library.add(name.text, .success(template))
            // The file was removed since the directory was listed.
            case .success(nil): break
            case .failure(let error): library.add(name.text, .failure(error))
            }
        }
        return library
    }

    /// The names of the templates in a directory, without its prefix, sorted.
    func names(in directory: TemplateDirectory) throws(TemplateError) -> [String] {
        if let files = directory.files { return try names(in: directory, among: files) }
        guard !directory.isOptional || FileSystem.isDirectory(directory.path) else { return [] }
        var names: [String] = []
        try collect(&names, of: directory, directory.path, prefix: "", depth: 0)
        return names
    }

    private static let maximumDirectoryDepth = 16

    private func collect(
        _ names: inout [String], of directory: TemplateDirectory, _ path: String, prefix: String, depth: Int
    ) throws(TemplateError) {
        guard depth <= Self.maximumDirectoryDepth else {
            throw TemplateError(
                .limit, "\(path): directories are nested more than \(Self.maximumDirectoryDepth) levels deep")
        }
        for entry in try FileSystem.list(path) {
            switch entry.kind {
            case .file where entry.name.hasSuffix(fileExtension):
                names.append(prefix + entry.name.dropLast(fileExtension.count))
                guard names.count <= configuration.maximumFiles else { throw tooMany(in: directory) }
            case .directory:
                try collect(
                    &names, of: directory, path + "/" + entry.name, prefix: prefix + entry.name + "/", depth: depth + 1)
            default: break
            }
        }
    }

    private func names(
        in directory: TemplateDirectory, among files: [String: [UInt8]]
    ) throws(TemplateError) -> [String] {
        let prefix = directory.path(of: "")
        let names = files.keys.filter { $0.hasPrefix(prefix) && $0.hasSuffix(fileExtension) }
            .map { String($0.dropFirst(prefix.count).dropLast(fileExtension.count)) }
            .filter { name in !name.split(separator: "/").contains { $0.hasPrefix(".") } }
        guard !names.isEmpty || directory.isOptional else {
            throw TemplateError(.file, "there are no templates in \(directory.shownPath)")
        }
        guard names.count <= configuration.maximumFiles else { throw tooMany(in: directory) }
        return names.sorted()
    }

    private func tooMany(in directory: TemplateDirectory) -> TemplateError {
        TemplateError(
            .limit, "there are more than \(configuration.maximumFiles) templates in \(directory.shownPath)",
            hint: "raise maximumFiles")
    }

    private func checkLength(_ count: Int, _ path: String) throws(TemplateError) {
        guard count <= options.maximumSourceBytes else {
            throw TemplateError(
                .limit, "\(path) has \(count) bytes; the limit is \(options.maximumSourceBytes)",
                hint: "raise maximumSourceBytes")
        }
    }

    private func compile(
        _ key: Key, stamp: FileSystem.Stamp?, wasSettled: Bool, _ read: () throws(TemplateError) -> [UInt8]
    ) throws(TemplateError) -> Template {
        let result = Result { () throws(TemplateError) in try compile(read(), key.path.text) }
        entries.withLock { $0[key] = Entry(stamp: stamp, wasSettled: wasSettled, template: result) }
        return try result.get()
    }

    private func compile(_ bytes: [UInt8], _ path: String) throws(TemplateError) -> Template {
        let template = try Template(readFrom: path, bytes, options: options, isTrimmed: areTrimmed)
        if let names,
            let error = names.unknownHelpers(in: try NameReferences(in: template.source, options: options)).first?.error
        {
            throw error
        }
        return template
    }
}

extension TemplateError {
    /// A view, layout or partial that no source has.
    init(
        missing kind: TemplateDirectory.Kind, _ name: String, in directories: [TemplateDirectory],
        among names: some Sequence<String>, otherwise hint: String? = nil
    ) {
        self.init(
            .file, "there is no \(kind.rawValue) \"\(name)\" in \(directories.shownPaths)",
            hint: Suggestion.hint(for: name, among: names) ?? hint)
    }
}

/// The name of a view, layout or partial: parts with `/` between them that stay inside their directory.
struct ViewName: Hashable {
    /// The name without the extension.
    let text: String

    /// Checks a name, without decoding anything in it, and removes the extension at its end.
    ///
    /// A part that begins with a dot is refused: `..` is such a part, and hidden files are not templates (the lock files
    /// of editors are named after the template).
    ///
    /// - Parameter fileExtension: the extension that the name may have; "" for the name of a listed file.
    init(_ name: String, extension fileExtension: String) throws(TemplateError) {
        let text = name.hasSuffix(fileExtension) ? String(name.dropLast(fileExtension.count)) : name
        let isSafe =
            name.utf8.count <= Self.maximumLength
            && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "\\") }
            && text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0.first != UInt8(ascii: ".") }
        guard isSafe else {
            throw TemplateError(
                .file, "\"\(name.prefix(Self.maximumLength))\" is not a valid name of a view",
                hint: "use the path of the file below its directory, such as \"admin/users\"")
        }
        self.text = text
    }

    private static let maximumLength = 255
}
