/// What is wrong with a template, or went wrong while it was rendered: what, where, and how to mend it.
public struct TemplateError: Error, Sendable, CustomStringConvertible {
    /// The kind of error, for programs; more may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code as it is logged.
        public let rawValue: String

        /// A code from its text.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The template's text is not Handlebars.
        public static let syntax = Code(rawValue: "syntax")
        /// A template, its nesting, its output or its recursion is larger than the limits allow.
        public static let limit = Code(rawValue: "limit")
        /// A helper that nobody has registered, or a field called as one.
        public static let missingHelper = Code(rawValue: "missing-helper")
        /// A partial that nobody has registered.
        public static let missingPartial = Code(rawValue: "missing-partial")
        /// A field that is not in the data, in strict mode.
        public static let notDefined = Code(rawValue: "not-defined")
        /// A helper threw, or was given arguments it cannot take.
        public static let helper = Code(rawValue: "helper")
        /// A view, layout or partial file is not there, may not be named so, or cannot be read.
        public static let file = Code(rawValue: "file")
    }

    /// A place in a template; lines and columns start at 1, a column is a Unicode scalar.
    public struct Location: Sendable, Hashable, CustomStringConvertible {
        /// The template's name, or its file.
        public let template: String
        /// From 1.
        public let line: Int
        /// From 1, in Unicode scalars.
        public let column: Int

        /// A place from its parts.
        public init(template: String, line: Int, column: Int) {
            self.template = template
            self.line = line
            self.column = column
        }

        /// `template:line:column`.
        public var description: String { "\(template):\(line):\(column)" }
    }

    /// A class, so that a throwing call hands on one word.
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
    /// What is wrong, in one line, without the place.
    public var message: String { storage.message }
    /// How to mend it, if there is a guess.
    public var hint: String? { storage.hint }
    /// Where it is; `nil` when it is about a file or a template as a whole.
    public var location: Location? { storage.location }
    /// The line of the template with a caret below the place.
    public var excerpt: String? { storage.excerpt }
    /// That line again and some around it, of whose long ones only a part; empty when there is no place.
    package var surroundings: [Excerpt.Line] { storage.surroundings }
    /// The partial calls that led there, innermost first, at most `maximumCallers`.
    public var callers: [Location] { storage.callers }

    static let maximumCallers = 8

    /// The same error as seen from the call of a partial.
    func called(from location: Location) -> TemplateError {
        guard callers.count < Self.maximumCallers else { return self }
        return TemplateError(
            code, message, hint: hint, at: self.location, excerpt: excerpt, surroundings: surroundings,
            callers: callers + [location])
    }

    /// Everything: place, message, hint, excerpt and callers.
    public var description: String {
        var text = location.map { "\($0): \(message)" } ?? message
        if let hint { text += " (\(hint))" }
        if let excerpt { text += "\n" + excerpt }
        for caller in callers { text += "\n  called from \(caller)" }
        return text
    }
}

/// Finds what somebody probably meant.
enum Suggestion {
    /// `did you mean "x"?` for the nearest of the candidates, or nothing when none is near.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= maximumLength else { return nil }
        let limit = 1 + name.utf8.count / 4
        var best: (name: String, distance: Int)?
        for candidate in candidates.prefix(maximumCandidates) where candidate.utf8.count <= maximumLength {
            let distance = distance(Array(name.utf8), Array(candidate.utf8))
            guard distance <= limit, distance > 0 else { continue }
            if let known = best, (known.distance, known.name) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best.map { "did you mean \"\($0.name)\"?" }
    }

    /// What was probably meant by a helper that nobody has.
    ///
    /// - Parameter isRunTogether: whether its first argument follows without a space.
    static func hint(forHelper name: String, isRunTogether: Bool, among candidates: some Sequence<String>) -> String? {
        if isRunTogether { return "a path ends with a name: what follows \"\(name)\" here is an argument" }
        if ["elseif", "elsif", "elif"].contains(name.lowercased()) { return "write {{else if …}}" }
        return hint(for: name, among: candidates)
    }

    /// Beyond these a guess costs more than it helps.
    private static let maximumLength = 40
    private static let maximumCandidates = 500

    /// How many letters must be put in, taken out, changed or swapped with the next one (Damerau and Levenshtein, each
    /// letter touched once).
    private static func distance(_ one: [UInt8], _ two: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...two.count)
        for i in one.indices {
            var row = [i + 1]
            for j in two.indices {
                var least = min(above[j] + (one[i] == two[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, one[i] == two[j - 1], one[i - 1] == two[j] { least = min(least, before[j - 1] + 1) }
                row.append(least)
            }
            (before, above) = (above, row)
        }
        return above[two.count]
    }
}
