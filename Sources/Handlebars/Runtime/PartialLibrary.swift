import JSON

/// Partials by their names.
public struct PartialLibrary: Sendable, ExpressibleByDictionaryLiteral {
    private var partials: [ExactText: Result<Template, TemplateError>] = [:]

    /// Creates a library without partials.
    public init() {}

    /// Creates a library of templates; of a repeated name the last one is used.
    public init(dictionaryLiteral elements: (String, Template)...) {
        for (name, template) in elements { partials[name] = .success(template) }
    }

    /// The template of a partial; `nil` when the partial does not exist or does not compile. Setting `nil` removes it.
    public subscript(name: String) -> Template? {
        get { try? partials[name]?.get() }
        set { partials[name] = newValue.map(Result.success) }
    }

    /// Compiles and adds a partial. An error in its text is thrown when a template calls the partial.
    public mutating func add(_ name: String, source: String, options: TemplateOptions = TemplateOptions()) {
        add(name, Result { () throws(TemplateError) in try Template(source, name: name, options: options) })
    }

    /// Adds a partial, or the error that a call of the partial throws.
    mutating func add(_ name: String, _ result: Result<Template, TemplateError>) {
        partials[name] = result
    }

    /// The partials of both libraries; those of `other` replace partials of the same name.
    public func merging(_ other: PartialLibrary) -> PartialLibrary {
        guard !other.partials.isEmpty else { return self }
        var merged = self
        merged.partials.merge(other.partials) { $1 }
        return merged
    }

    /// The names of the partials, in no particular order.
    public var names: [String] { partials.keys.map(\.text) }

    func find(_ name: String) -> Result<Template, TemplateError>? {
        partials[name]
    }
}

extension PartialLibrary {
    /// Compiles the templates below a directory; their names are their paths without the extension.
    ///
    /// An error in a file, or a link to a file outside of the directory, is thrown when a template calls the partial.
    ///
    /// - Parameters:
    ///   - directory: the path of the directory.
    ///   - fileExtension: the extension of the templates, with or without a dot; other files are ignored.
    ///   - options: how the templates are compiled.
    ///   - isTrimmed: whether white space at both ends of each file is removed, as a ``ViewEngine`` does.
    /// - Throws: `.file` when the directory cannot be read, `.limit` when it has more than 10,000 templates.
    public init(
        directory: String, fileExtension: String = ".handlebars", options: TemplateOptions = TemplateOptions(),
        isTrimmed: Bool = false
    ) throws(TemplateError) {
        var configuration = ViewEngine.Configuration(views: directory)
        configuration.sources[0].partials = [.init(directory)]
        configuration.fileExtension = fileExtension
        configuration.options = options
        try configuration.validate()
        self = try TemplateFiles(configuration, areTrimmed: isTrimmed).partials()
    }
}
