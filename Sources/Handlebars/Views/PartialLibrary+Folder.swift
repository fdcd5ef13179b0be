extension PartialLibrary {
    /// The templates below a folder, named by their paths in it without the extension.
    ///
    /// A link that leads out of the folder is not followed. What is wrong with a file is the error of whoever
    /// calls that partial; nobody else gets it.
    ///
    /// - Parameter isTrimmed: whether white space at both ends of each is left out, as a `ViewEngine` does.
    /// - Throws: `.file` when the folder cannot be read, `.limit` when it holds more than 10,000 templates.
    public init(
        folder: String, fileExtension: String = ".handlebars", options: TemplateOptions = TemplateOptions(),
        isTrimmed: Bool = false
    ) throws(TemplateError) {
        var configuration = ViewEngine.Configuration(views: folder)
        configuration.sources[0].partials = [.init(folder)]
        configuration.fileExtension = fileExtension
        configuration.options = options
        try configuration.validate()
        self = try TemplateFiles(configuration, areTrimmed: isTrimmed).partials()
    }
}
