extension ViewEngine {
    /// When the engine reads files.
    public enum Caching: Sendable {
        /// Before each rendering, the files that changed (by times, size and inode) are read again. An error in a file
        /// is an error of the pages that use the file.
        case development
        /// All files are read once, when the engine is created, and again by ``ViewEngine/reload()``.
        case production
    }

    /// The layout of a page.
    public enum Layout: Sendable {
        /// The default layout of the engine.
        case standard
        /// No layout.
        case none
        /// The layout of a name, its path below the directory of the layouts.
        case named(String)
    }

    /// The sources of the templates, and how they are compiled and rendered.
    public struct Configuration: Sendable {
        /// The sources of the templates. For each name, the first source that has a file is used.
        public var sources: [ViewSource]
        /// The layout of pages that are rendered with the layout ``ViewEngine/Layout/standard``; `nil` for none.
        public var defaultLayout: String? = "main"
        /// The views that the application needs. In production, creating an engine fails when one of them is missing.
        public var requiredViews: [String] = []
        /// The extension of template files, with or without a dot; other files are ignored.
        public var fileExtension = ".handlebars"
        /// When the engine reads files.
        public var caching = Caching.production
        /// How every template is compiled. With `knownHelpersOnly`, the helpers of this configuration are known as well.
        public var options = TemplateOptions()
        /// The resources that the rendering of one view or one layout may use.
        public var limits = RenderLimits()
        /// Helpers that several engines share; `helpers` replace those of the same name.
        public var sharedHelpers = HelperRegistry()
        /// Helpers of every page of this engine; helpers passed to `render` replace those of the same name.
        public var helpers = HelperRegistry()
        /// Whether an unknown helper or partial is an error when a file is compiled, and not only when a page calls it.
        /// The setting does not change the output.
        ///
        /// A call of a helper is a single name with arguments or in parentheses. A helper is known when it is
        /// registered here, built in, or in `options.knownHelpers`; add the names of helpers there that are only passed
        /// to `render`. A partial is known when a file or an inline partial has the name, or when the name is in
        /// `knownPartials`; a partial that is called with a block may be missing. A partial that always includes itself,
        /// by calls outside of every block, is an error too. Partials are checked only in production, because in
        /// development a missing file may be added later.
        public var checksNames = false
        /// The names of partials that are only passed to `render`, for `checksNames`.
        public var knownPartials: Set<String> = []
        /// Receives the output of `{{log}}`; `nil` discards it.
        public var log: LogSink?
        /// The maximum number of template files in one directory of views, layouts or partials.
        public var maximumFiles = 10_000

        /// The usual configuration for one directory of views, with `layouts` and `partials` in it.
        public init(views: String) {
            self.init(sources: [.directory(views)])
        }

        /// The usual configuration for several sources; an earlier source replaces files of later ones.
        public init(sources: [ViewSource]) {
            self.sources = sources
        }
    }
}

extension ViewEngine.Layout: ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    /// The layout of a name.
    public init(stringLiteral value: String) { self = .named(value) }
    /// No layout.
    public init(nilLiteral: ()) { self = .none }
}

extension ViewEngine.Configuration {
    /// The extension with its dot.
    var dottedExtension: String { fileExtension.hasPrefix(".") ? fileExtension : "." + fileExtension }

    /// The helpers of every page: shared ones and those of the engine.
    var allHelpers: HelperRegistry { sharedHelpers.merging(helpers) }

    /// How files are compiled.
    var compileOptions: TemplateOptions {
        var options = options
        if options.knownHelpersOnly { options.knownHelpers.formUnion(allHelpers.names) }
        return options
    }

    /// - Throws: errors that do not depend on the files.
    func validate() throws(TemplateError) {
        guard !sources.isEmpty else {
            throw TemplateError(.file, "the list of view sources is empty", hint: "give at least one directory")
        }
        guard dottedExtension.utf8.count > 1,
            !dottedExtension.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
        else {
            throw TemplateError(
                .file, "\"\(fileExtension)\" is not a valid extension of template files",
                hint: "use one like \".handlebars\"")
        }
    }
}
