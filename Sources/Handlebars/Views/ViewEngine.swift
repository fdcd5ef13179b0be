/// Renders pages from a folder of templates, by the conventions of express-handlebars.
///
/// `views/x.handlebars` is the view `x`. It is rendered first; then its layout, `views/layouts/main.handlebars`
/// unless another one is asked for, with the same context plus `body`. The partials are the files below
/// `views/partials`, named by their paths without the extension. Files are trimmed before they are compiled,
/// and so is what a view or a layout prints.
///
/// Never make a visitor's input the context as a whole: it would decide what every name in the page means.
///
/// ```swift
/// let views = try ViewEngine(views: "Views", caching: .production)
/// let page = try views.render("home", ["title": "Shop", "products": products])
/// ```
public final class ViewEngine: Sendable {
    /// When files are read.
    public enum Caching: Sendable {
        /// At each render, if they have changed (by modification time, size and inode). A broken file is the
        /// error of the pages that use it.
        case development
        /// Once, when the engine is made.
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
        /// The folder of the views, with `layouts` and `partials` in it.
        public var views: String
        /// The layout of pages that ask for none in particular; `nil` for none.
        public var defaultLayout: String? = "main"
        /// With the dot.
        public var fileExtension = ".handlebars"
        /// When files are read.
        public var caching = Caching.production
        /// How every template is compiled.
        public var options = TemplateOptions()
        /// What one view or one layout may use.
        public var limits = RenderLimits()
        /// Helpers of every page.
        public var helpers = HelperRegistry()
        /// Where `{{log}}` goes.
        public var log: LogSink?
        /// How many template files the folder may have.
        public var maximumFiles = 10_000

        /// The usual configuration for a folder.
        public init(views: String) {
            self.views = views
        }
    }

    let configuration: Configuration
    let files: TemplateFiles
    /// Everything, compiled when the engine was made; `nil` in development.
    private let compiled: CompiledViews?

    /// Makes an engine, and in production compiles every file.
    ///
    /// - Throws: all that is wrong with the files, together: what does not compile, what cannot be read, a
    ///   default layout that is not there. In development only that the folder is missing.
    public init(_ configuration: Configuration) throws(ViewErrors) {
        self.configuration = configuration
        files = TemplateFiles(configuration)
        switch configuration.caching {
        case .development:
            do {
                _ = try files.names(in: .views)
            } catch {
                throw ViewErrors([error])
            }
            compiled = nil
        case .production: compiled = try CompiledViews(files, configuration)
        }
    }

    /// Makes an engine as `init(_:)` does, for what most need to say.
    public convenience init(
        views: String, defaultLayout: String? = "main", caching: Caching = .production,
        helpers: HelperRegistry = HelperRegistry()
    ) throws(ViewErrors) {
        var configuration = Configuration(views: views)
        configuration.defaultLayout = defaultLayout
        configuration.caching = caching
        configuration.helpers = helpers
        try self.init(configuration)
    }

    /// Renders a page, and gives UTF-8.
    ///
    /// - Parameters:
    ///   - view: the path below the views folder, with `/` between its parts; the extension may be left out.
    ///   - context: what the names in view and layout are looked up in.
    ///   - data: data variables, `@name`, besides `@exphbs.view` and `@exphbs.layout`.
    ///   - helpers: helpers for this page, before the engine's own.
    ///   - partials: partials for this page, before those of the folder.
    /// - Throws: `.file` for a view or layout that is not there, or whose name leads out of its folder;
    ///   otherwise what `Template` throws.
    public func render(
        _ view: String, _ context: Value, layout: Layout = .standard, data: [String: Value] = [:],
        helpers: HelperRegistry? = nil, partials: PartialLibrary? = nil
    ) throws(TemplateError) -> [UInt8] {
        let page = Page(
            helpers: helpers.map(configuration.helpers.merging) ?? configuration.helpers,
            partials: try library(partials), data: self.data(data, view: view, layout: layout))
        let body = try output(of: try template(.views, view), context, page)
        guard let layout = name(of: layout) else { return body }
        let template = try template(.layouts, layout)
        return try output(of: template, self.context(context, body: body), page)
    }

    /// What view and layout share.
    private struct Page {
        let helpers: HelperRegistry
        let partials: PartialLibrary
        let data: [String: Value]
    }

    private func output(of template: Template, _ context: Value, _ page: Page) throws(TemplateError) -> [UInt8] {
        var output = try template.render(
            context, helpers: page.helpers, partials: page.partials, data: page.data, limits: configuration.limits,
            log: configuration.log)
        let kept = JavaScriptWhitespace.trimmed(output, output.indices)
        output.removeSubrange(kept.upperBound...)
        output.removeSubrange(..<kept.lowerBound)
        return output
    }

    private func template(_ folder: TemplateFolder, _ name: String) throws(TemplateError) -> Template {
        let name = try ViewName(name, extension: configuration.fileExtension)
        if let compiled { return try compiled.template(folder, name) }
        return try files.template(folder, name)
    }

    private func library(_ own: PartialLibrary?) throws(TemplateError) -> PartialLibrary {
        let library = if let compiled { compiled.partials } else { try files.partials() }
        return own.map(library.merging) ?? library
    }

    private func name(of layout: Layout) -> String? {
        switch layout {
        case .standard: configuration.defaultLayout
        case .none: nil
        case .named(let name): name
        }
    }

    private func context(_ context: Value, body: [UInt8]) -> Value {
        var object = Object()
        if case .object(let fields) = context { object = fields }
        object["body"] = .string(String(decoding: body, as: UTF8.self))
        return .object(object)
    }

    private func data(_ data: [String: Value], view: String, layout: Layout) -> [String: Value] {
        var data = data
        data["exphbs"] = ["view": .string(view), "layout": name(of: layout).map(Value.string) ?? .undefined]
        return data
    }
}

extension ViewEngine.Layout: ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    /// The layout of that name.
    public init(stringLiteral value: String) { self = .named(value) }
    /// No layout.
    public init(nilLiteral: ()) { self = .none }
}

/// All that is wrong with a folder of templates.
public struct ViewErrors: Error, Sendable, CustomStringConvertible {
    /// At least one, in the order of views, layouts and partials.
    public let errors: [TemplateError]

    init(_ errors: [TemplateError]) {
        self.errors = errors
    }

    /// All of them, one after the other.
    public var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}
