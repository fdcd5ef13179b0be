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
