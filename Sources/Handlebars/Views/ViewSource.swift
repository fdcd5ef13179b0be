/// A source of templates: a directory on disk, or files in memory.
///
/// An engine has a list of sources. For a view, a layout and a partial alike, the first source that has a file of the
/// name is used, so an application's own templates stand before built-in ones:
///
/// ```swift
/// let configuration = ViewEngine.Configuration(sources: [
///     .directory("Views"), .memory(builtIn, root: "BuiltIn"),
/// ])
/// ```
///
/// A file that is there and broken is an error; the file of the same name in a later source does not replace it.
public struct ViewSource: Sendable {
    /// The directory of the views. For files in memory: the beginning of the paths of the views, without a `/` at its
    /// end; empty when the paths begin with the names of the views.
    public let root: String
    /// The directory of the layouts; `nil` for `layouts` below the root, which may be missing.
    public var layouts: String?
    /// The directories of the partials: where two have a partial of the same name, the later directory is used.
    /// `nil` for `partials` below the root, which may be missing.
    public var partials: [PartialsDirectory]?
    /// The bytes of the files by their paths; `nil` for a directory on disk.
    let files: [String: [UInt8]]?

    private init(root: String, files: [String: [UInt8]]?) {
        self.root = root
        self.files = files
    }

    /// A directory on disk, which must exist.
    public static func directory(_ path: String) -> ViewSource { ViewSource(root: path, files: nil) }

    /// Files in memory by their paths, such as `["Views/home.handlebars": bytes]` with the root `Views`.
    ///
    /// Files outside of the root are ignored, unless `layouts` or `partials` name their directory. There must be at
    /// least one template below the root.
    public static func memory(_ files: [String: [UInt8]], root: String) -> ViewSource {
        ViewSource(root: root.hasSuffix("/") ? String(root.dropLast()) : root, files: files)
    }

    /// A directory of partials.
    public struct PartialsDirectory: Sendable, ExpressibleByStringLiteral {
        /// The path of the directory, on disk or in memory as its source is.
        public var path: String
        /// The first part of the names of its partials: in the namespace `shop`, `row.handlebars` is `shop/row`.
        public var namespace: String?

        /// A directory whose partials are named by their paths in it, after the namespace if there is one.
        public init(_ path: String, namespace: String? = nil) {
            self.path = path
            self.namespace = namespace
        }

        /// A directory without a namespace.
        public init(stringLiteral value: String) { self.init(value) }
    }
}

/// A directory of one source with templates of one kind.
struct TemplateDirectory: Sendable {
    /// The purpose of the templates; the raw value is the word for such a template in errors.
    enum Kind: String, Sendable { case view, layout, partial }

    let kind: Kind
    let path: String
    /// Whether the directory may be missing.
    let isOptional: Bool
    /// The prefix of the names of its templates: empty, or a namespace with a `/` at its end.
    let prefix: String
    /// The position of its source among the sources of the engine.
    let source: Int
    /// The files of its source in memory; `nil` for a directory on disk.
    let files: [String: [UInt8]]?

    /// The path of a file in the directory.
    func path(of file: String) -> String { path.isEmpty ? file : path + "/" + file }

    /// The path of the directory for errors.
    var shownPath: String { path.isEmpty ? "the files in memory" : path }
}

extension ViewEngine.Configuration {
    /// The directories of all sources, in the order of the sources; those of one source: views, layouts, partials.
    var directories: [TemplateDirectory] { sources.indices.flatMap { directories(ofSource: $0) } }

    /// The directories with templates of a kind, in the order of the sources.
    func directories(of kind: TemplateDirectory.Kind) -> [TemplateDirectory] { directories.filter { $0.kind == kind } }

    /// The directories of one source. Templates in its directories of layouts and partials are views as well, when
    /// these directories are below its root: a page may be a partial alone. Of two partials of a name, the later wins.
    private func directories(ofSource index: Int) -> [TemplateDirectory] {
        let source = sources[index]
        func directory(
            _ kind: TemplateDirectory.Kind, _ path: String, isOptional: Bool, prefix: String = ""
        ) -> TemplateDirectory {
            TemplateDirectory(
                kind: kind, path: path, isOptional: isOptional, prefix: prefix, source: index, files: source.files)
        }
        let views = directory(.view, source.root, isOptional: false)
        let layouts = directory(
            .layout, source.layouts ?? views.path(of: "layouts"), isOptional: source.layouts == nil)
        guard let partials = source.partials else {
            return [views, layouts, directory(.partial, views.path(of: "partials"), isOptional: true)]
        }
        return [views, layouts]
            + partials.map { partials in
                let namespace = partials.namespace ?? ""
                let prefix = namespace.isEmpty || namespace.hasSuffix("/") ? namespace : namespace + "/"
                return directory(.partial, partials.path, isOptional: false, prefix: prefix)
            }
    }
}

extension [TemplateDirectory] {
    /// The paths of the directories for errors: `A`, `A or B`, `A, B or C`.
    var shownPaths: String {
        let paths = map(\.shownPath)
        guard let last = paths.last, paths.count > 1 else { return paths.first ?? "" }
        return paths.dropLast().joined(separator: ", ") + " or " + last
    }
}
