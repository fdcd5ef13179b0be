import Synchronization

/// Renders pages from directories of templates by the conventions of express-handlebars.
///
/// `views/x.handlebars` is the view `x`. The engine renders the view first, then the layout with the same context and
/// the output of the view as `body`. The default layout is `views/layouts/main.handlebars`. The partials are the files
/// below `views/partials`; their names are their paths without the extension. White space at both ends of files and of
/// the output of views and layouts is removed. ``Configuration`` can list several sources, on disk or in memory: for
/// each name, the first source that has a file is used.
///
/// The context never selects a file: layout, helpers, partials and options are separate arguments. Names of views and
/// layouts cannot refer to files outside of their directories. A symbolic link to a file in the same directory is
/// followed, a link to a file outside is an error, and links to directories and hidden files are ignored.
///
/// Never pass the input of a visitor as the whole context: the visitor would control every name in the page.
///
/// ```swift
/// let views = try ViewEngine(views: "Views", caching: .production)
/// let page = try views.render("home", ["title": "Shop", "products": products])
/// ```
public final class ViewEngine: Sendable {
    private let configuration: Configuration
    private let fileExtension: String
    private let helpers: HelperRegistry
    private let files: TemplateFiles
    /// All templates, compiled together; `nil` in development.
    private let compiled: Mutex<CompiledViews?>
    private let reloading = Mutex(())

    /// Creates an engine and, in production, compiles every file.
    ///
    /// - Throws: all errors together: files that do not compile or cannot be read, missing required views, a missing
    ///   default layout, and unknown names with ``Configuration/checksNames``. In development only errors about
    ///   directories.
    public init(_ configuration: Configuration) throws(ViewErrors) {
        self.configuration = configuration
        fileExtension = configuration.dottedExtension
        helpers = configuration.allHelpers
        files = TemplateFiles(configuration)
        compiled = Mutex(try Self.compile(files, configuration))
    }

    /// Creates an engine for one directory, with the most common settings.
    ///
    /// - Throws: the errors of ``init(_:)``.
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

    /// Reads every file again: in production now, in development when a page needs it.
    ///
    /// Pages that are being rendered during the call use the earlier templates.
    ///
    /// - Throws: the errors of ``init(_:)``; the engine then keeps the earlier templates.
    public func reload() throws(ViewErrors) {
        // Calls wait for each other: otherwise the templates that were read first could replace newer ones.
        try reloading.withLock { _ throws(ViewErrors) in
            files.forget()
            let views = try Self.compile(files, configuration)
            compiled.withLock { $0 = views }
        }
    }

    private static func compile(
        _ files: TemplateFiles, _ configuration: Configuration
    ) throws(ViewErrors) -> CompiledViews? {
        do {
            try configuration.validate()
            if configuration.caching == .development {
                for directory in configuration.directories { _ = try files.names(in: directory) }
                return nil
            }
        } catch {
            throw ViewErrors([error])
        }
        let views = CompiledViews(files, configuration)
        guard views.errors.isEmpty else { throw ViewErrors(views.errors) }
        return views
    }

    /// Renders a page and returns UTF-8.
    ///
    /// - Parameters:
    ///   - view: the path of the view below the directory of the views, with `/` between its parts, with or without the
    ///     extension.
    ///   - context: the data that the names in view and layout are looked up in.
    ///   - layout: the layout of the page.
    ///   - data: data variables, `@name`, in addition to `@exphbs.view` and `@exphbs.layout`.
    ///   - helpers: helpers for this page; they replace helpers of the engine that have the same name.
    ///   - partials: partials for this page; they replace partials of the engine that have the same name.
    /// - Throws: `.file` for a view or layout that does not exist or has an invalid name; otherwise the errors of
    ///   ``Template/render(_:helpers:partials:data:limits:log:)``.
    public func render(
        _ view: String, _ context: Value, layout: Layout = .standard, data: [String: Value] = [:],
        helpers: HelperRegistry? = nil, partials: PartialLibrary? = nil
    ) throws(TemplateError) -> [UInt8] {
        // The whole page uses the same templates, also when reload() is called during the rendering.
        let compiled = compiled.withLock { $0 }
        let library = try library(partials, compiled)
        let view = try part(.view, view, compiled)
        let around: ViewRenderer.Part? =
            if let name = name(of: layout) { try part(.layout, name, compiled) } else { nil }
        let renderer = ViewRenderer(
            view: view, layout: around, helpers: helpers.map(self.helpers.merging) ?? self.helpers, partials: library,
            data: data, limits: configuration.limits, log: configuration.log)
        return try renderer.render(context)
    }

    private func part(
        _ kind: TemplateDirectory.Kind, _ name: String, _ compiled: CompiledViews?
    ) throws(TemplateError) -> ViewRenderer.Part {
        let file = try ViewName(name, extension: fileExtension)
        if let compiled { return (name, try compiled.template(kind, file)) }
        return (name, try files.template(kind, file))
    }

    private func library(_ own: PartialLibrary?, _ compiled: CompiledViews?) throws(TemplateError) -> PartialLibrary {
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
}

/// All errors in the templates of an engine.
public struct ViewErrors: Error, Sendable, CustomStringConvertible {
    /// At least one error, source by source: views, layouts, partials; then missing views, a missing default layout and
    /// unknown names.
    public let errors: [TemplateError]

    init(_ errors: [TemplateError]) {
        self.errors = errors
    }

    /// The descriptions of all errors, one after the other.
    public var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}

/// The result of a check of all templates of an engine.
public struct ViewReport: Sendable {
    /// The number of template files; a file that an earlier source replaces does not count.
    public let files: Int
    /// All errors, source by source: views, layouts, partials; then missing views, a missing default layout and unknown
    /// names. Empty when there are none.
    public let errors: [TemplateError]
}

extension ViewEngine {
    /// Compiles every file as an engine for production does, and returns all errors.
    public static func check(_ configuration: Configuration) -> ViewReport {
        do {
            try configuration.validate()
        } catch {
            return ViewReport(files: 0, errors: [error])
        }
        var configuration = configuration
        configuration.caching = .production
        let views = CompiledViews(TemplateFiles(configuration), configuration)
        return ViewReport(files: views.fileCount, errors: views.errors)
    }
}
