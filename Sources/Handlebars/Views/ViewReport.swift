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
