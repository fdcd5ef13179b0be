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
