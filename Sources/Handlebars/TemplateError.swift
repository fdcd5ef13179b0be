/// An error in a template, or while it was rendered: the message, the location and a hint how to fix it.
public struct TemplateError: Error, Sendable, CustomStringConvertible {
    /// The kind of an error, for programs. Later versions may add codes.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code as text, for logs.
        public let rawValue: String

        /// A code from its text.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The text of a template is not valid Handlebars.
        public static let syntax = Code(rawValue: "syntax")
        /// A template, its nesting, its output or its recursion exceeds a limit.
        public static let limit = Code(rawValue: "limit")
        /// A template calls a helper that is not registered, or a field as if it was a helper.
        public static let missingHelper = Code(rawValue: "missing-helper")
        /// A template calls a partial that does not exist.
        public static let missingPartial = Code(rawValue: "missing-partial")
        /// A field is not in the data, in strict mode.
        public static let notDefined = Code(rawValue: "not-defined")
        /// A helper threw an error or got invalid arguments.
        public static let helper = Code(rawValue: "helper")
        /// The file of a view, layout or partial does not exist, has an invalid name or cannot be read.
        public static let file = Code(rawValue: "file")
    }

    /// A position in a template. Lines and columns start at 1; columns count Unicode scalars.
    public struct Location: Sendable, Hashable, CustomStringConvertible {
        /// The name of the template, or the path of its file.
        public let template: String
        /// The line, from 1.
        public let line: Int
        /// The column, from 1, in Unicode scalars.
        public let column: Int

        /// Creates a location from its parts.
        public init(template: String, line: Int, column: Int) {
            self.template = template
            self.line = line
            self.column = column
        }

        /// `template:line:column`.
        public var description: String { "\(template):\(line):\(column)" }
    }

    /// A class, so that a throwing function returns one word.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let hint: String?
        let location: Location?
        let excerpt: String?
        let surroundings: [Excerpt.Line]
        let callers: [Location]

        init(
            _ code: Code, _ message: String, _ hint: String?, _ location: Location?, _ excerpt: String?,
            _ surroundings: [Excerpt.Line], _ callers: [Location]
        ) {
            self.code = code
            self.message = message
            self.hint = hint
            self.location = location
            self.excerpt = excerpt
            self.surroundings = surroundings
            self.callers = callers
        }
    }

    private let storage: Storage

    init(
        _ code: Code, _ message: String, hint: String? = nil, at location: Location? = nil, excerpt: String? = nil,
        surroundings: [Excerpt.Line] = [], callers: [Location] = []
    ) {
        storage = Storage(code, message, hint, location, excerpt, surroundings, callers)
    }

    /// The kind of error.
    public var code: Code { storage.code }
    /// What is wrong, in one line, without the location.
    public var message: String { storage.message }
    /// How to fix the error; `nil` when the engine has no suggestion.
    public var hint: String? { storage.hint }
    /// Where the error is; `nil` when it concerns a file or a template as a whole.
    public var location: Location? { storage.location }
    /// The line of the template at fault, and a line with a caret below the location.
    public var excerpt: String? { storage.excerpt }
    /// The line at fault with the lines around it, long lines shortened; empty when there is no location.
    package var surroundings: [Excerpt.Line] { storage.surroundings }
    /// The partial calls that led to the error, innermost first, at most 8.
    public var callers: [Location] { storage.callers }

    static let maximumCallers = 8

    /// The error with the call of the partial that it was found in.
    func called(from location: Location) -> TemplateError {
        guard callers.count < Self.maximumCallers else { return self }
        return TemplateError(
            code, message, hint: hint, at: self.location, excerpt: excerpt, surroundings: surroundings,
            callers: callers + [location])
    }

    /// Location, message, hint, excerpt and callers, in several lines.
    public var description: String {
        var text = location.map { "\($0): \(message)" } ?? message
        if let hint { text += " (\(hint))" }
        if let excerpt { text += "\n" + excerpt }
        for caller in callers { text += "\n  called from \(caller)" }
        return text
    }
}
