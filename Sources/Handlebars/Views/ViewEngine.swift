import Synchronization

/// Renders pages from a folder of templates, by the conventions of express-handlebars.
///
/// `views/x.handlebars` is the view `x`. It is rendered first; then its layout, `views/layouts/main.handlebars`
/// unless another one is asked for, with the same context plus `body`. The partials are the files below
/// `views/partials`, named by their paths without the extension. Files are trimmed before they are compiled,
/// and so is what a view or a layout prints. `Configuration` can list several sources, on disk or in memory: the first
/// one that has a file of a name is used.
///
/// What is in the context chooses no file: layout, helpers, partials and options are arguments of their own.
/// Names of views and layouts never lead out of their folders, nor do links: one to a file in the same folder
/// is followed, one that leads out is an error, one to a folder is not seen. Hidden files are not seen either.
///
/// Never make a visitor's input the context as a whole: it would decide what every name in the page means.
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
    /// Everything, compiled together; `nil` in development.
    private let compiled: Mutex<CompiledViews?>
    private let reloading = Mutex(())

    /// Makes an engine, and in production compiles every file.
    ///
    /// - Throws: all that is wrong with the files, together: what does not compile, what cannot be read, a
    ///   required view or default layout that is not there, names that nothing has if they are checked. In development only that
    ///   a folder is missing.
    public init(_ configuration: Configuration) throws(ViewErrors) {
        self.configuration = configuration
        fileExtension = configuration.dottedExtension
        helpers = configuration.allHelpers
        files = TemplateFiles(configuration)
        compiled = Mutex(try Self.compile(files, configuration))
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

    /// Reads every file anew: in production now, in development when it is needed next.
    ///
    /// Pages that are being rendered meanwhile are rendered from what was there before.
    ///
    /// - Throws: what `init(_:)` throws; the engine then goes on with what it had.
    public func reload() throws(ViewErrors) {
        // One after the other: of two at once the one that read last would not always be the one that stays.
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
                for folder in configuration.folders { _ = try files.names(in: folder) }
                return nil
            }
        } catch {
            throw ViewErrors([error])
        }
        let views = CompiledViews(files, configuration)
        guard views.errors.isEmpty else { throw ViewErrors(views.errors) }
        return views
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
        // One and the same for the whole page, whatever is reloaded meanwhile.
        let compiled = compiled.withLock { $0 }
        let library = try library(partials, compiled)
        let view = try part(.view, view, compiled)
        let around: Page.Part? = if let name = name(of: layout) { try part(.layout, name, compiled) } else { nil }
        let page = Page(
            view: view, layout: around, helpers: helpers.map(self.helpers.merging) ?? self.helpers, partials: library,
            data: data, limits: configuration.limits, log: configuration.log)
        return try page.render(context)
    }

    private func part(
        _ kind: TemplateFolder.Kind, _ name: String, _ compiled: CompiledViews?
    ) throws(TemplateError) -> Page.Part {
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

/// All that is wrong with a folder of templates.
public struct ViewErrors: Error, Sendable, CustomStringConvertible {
    /// At least one: views, layouts, partials, then missing views, a missing default layout and unknown names.
    public let errors: [TemplateError]

    init(_ errors: [TemplateError]) {
        self.errors = errors
    }

    /// All of them, one after the other.
    public var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}

/// What was found in the folders of an engine.
public struct ViewReport: Sendable {
    /// How many template files there are.
    public let files: Int
    /// All that is wrong: views, layouts, partials, then missing views, a missing default layout and unknown names;
    /// empty when nothing is.
    public let errors: [TemplateError]
}

extension ViewEngine {
    /// Compiles every file, as the making of an engine for production does, and tells what is wrong.
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
