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
