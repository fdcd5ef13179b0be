extension ViewEngine {
    /// When files are read.
    public enum Caching: Sendable {
        /// At each render, if they have changed (by their times, size and inode). A broken file is the error of
        /// the pages that use it.
        case development
        /// Once, when the engine is made, and again by `reload()`.
        case production
    }

    /// Which layout a page gets.
    public enum Layout: Sendable {
        /// The engine's default one.
        case standard
        case none
        case named(String)
    }

    /// Where the templates are, and how they are compiled and rendered.
    public struct Configuration: Sendable {
        /// Where the templates come from: for each name, the first source that has a file of it is used.
        public var sources: [ViewSource]
        /// The layout of pages that ask for none in particular; `nil` for none.
        public var defaultLayout: String? = "main"
        /// The views that the application shows: in production an engine is not made without them.
        public var requiredViews: [String] = []
        /// With its dot or without.
        public var fileExtension = ".handlebars"
        /// When files are read.
        public var caching = Caching.production
        /// How every template is compiled. With `knownHelpersOnly`, the helpers below are known without being
        /// listed again.
        public var options = TemplateOptions()
        /// What one view or one layout may use.
        public var limits = RenderLimits()
        /// Helpers that several engines share; each engine's own win.
        public var sharedHelpers = HelperRegistry()
        /// Helpers of every page of this engine; those given to `render` win.
        public var helpers = HelperRegistry()
        /// Whether a helper or partial that nobody has is an error when a file is compiled, and not only when a
        /// page comes upon it. It changes nothing in what is rendered.
        ///
        /// A helper is what is called with arguments or in parentheses by a single name; it counts as known when
        /// it is registered here, built in or in `options.knownHelpers`, which is where the names of helpers
        /// belong that only pages bring. A partial counts when there is a file of that name, an inline partial
        /// anywhere, or an entry in `knownPartials`; one called with a block of its own need not be there.
        /// Partials are checked in production only; in development a file that is missing now may come.
        public var checksNames = false
        /// The names of partials that only pages bring, for `checksNames`.
        public var knownPartials: Set<String> = []
        /// Where `{{log}}` goes.
        public var log: LogSink?
        /// How many template files each folder may have.
        public var maximumFiles = 10_000

        /// The usual configuration for one directory of views, with `layouts` and `partials` in it.
        public init(views: String) {
            self.init(sources: [.directory(views)])
        }

        /// The usual configuration for several sources, of which the first that has a file is used.
        public init(sources: [ViewSource]) {
            self.sources = sources
        }
    }
}

extension ViewEngine.Layout: ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    /// The layout of that name.
    public init(stringLiteral value: String) { self = .named(value) }
    /// No layout.
    public init(nilLiteral: ()) { self = .none }
}

extension ViewEngine.Configuration {
    /// With the dot.
    var dottedExtension: String { fileExtension.hasPrefix(".") ? fileExtension : "." + fileExtension }

    /// The helpers of every page.
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
                .file, "\"\(fileExtension)\" cannot be the extension of templates",
                hint: "give one like \".handlebars\"")
        }
    }
}
