/// Partials by name.
public struct PartialLibrary: Sendable, ExpressibleByDictionaryLiteral {
    private var partials: [String: Result<Template, TemplateError>] = [:]

    /// No partials.
    public init() {}

    /// These templates by these names; of a repeated name the last one.
    public init(dictionaryLiteral elements: (String, Template)...) {
        for (name, template) in elements { partials[name] = .success(template) }
    }

    /// The template of a partial, `nil` if there is none or its text is wrong. Setting `nil` removes it.
    public subscript(name: String) -> Template? {
        get { try? partials[name]?.get() }
        set { partials[name] = newValue.map(Result.success) }
    }

    /// Compiles a partial. When its text is wrong, whoever calls it gets the error; nobody else does.
    public mutating func add(_ name: String, source: String, options: TemplateOptions = TemplateOptions()) {
        add(name, Result { () throws(TemplateError) in try Template(source, name: name, options: options) })
    }

    /// Adds a partial, or the error it will give to whoever calls it.
    mutating func add(_ name: String, _ result: Result<Template, TemplateError>) {
        partials[name] = result
    }

    /// These partials and others, whose own win.
    public func merging(_ other: PartialLibrary) -> PartialLibrary {
        guard !other.partials.isEmpty else { return self }
        var merged = self
        merged.partials.merge(other.partials) { $1 }
        return merged
    }

    /// The names of the partials, in no order.
    public var names: [String] { Array(partials.keys) }

    func find(_ name: String) -> Result<Template, TemplateError>? {
        partials[name]
    }
}

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
