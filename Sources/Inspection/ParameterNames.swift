import JSON

/// A parameter, option or field of a request whose name or value cannot be used.
///
/// The server answers with a problem (400) that names the field; the command line prints the description.
package struct InvalidParameter: Error, Hashable, CustomStringConvertible {
    /// The name of the parameter, as its interface writes it: `topics`, `topic` or `--topic`.
    package let field: String
    /// The value at fault; nil when the fault is not that of one value.
    package let value: String?
    /// What is wrong, worded to follow the value: `is not a time`.
    package let fault: String
    /// What to write instead; nil when `fault` says it.
    package let remedy: String?

    /// The longest part of a value that a message quotes, in characters.
    private static let quotedCharacters = 64

    package init(_ field: String, _ value: String?, _ fault: String, _ remedy: String? = nil) {
        (self.field, self.value, self.fault, self.remedy) = (field, value, fault, remedy)
    }

    /// The message beside a field: the name of the field only where there is no value to quote.
    package var message: String { "\(quotedValue ?? field) \(fault)" + (remedy.map { "; \($0)" } ?? "") }

    /// The message where it stands alone.
    package var description: String { value == nil ? message : "\(field) \(message)" }

    private var quotedValue: String? { value.map { "'\($0.prefix(Self.quotedCharacters))'" } }
}

/// The names of the parameters that an address or a handshake takes.
///
/// Unknown names are ignored, because programs on the way add their own (`utm_source`, `fbclid`, `_`). A name that is
/// probably a misspelling of a known one is refused: without its filter a client would get all of the log.
package struct ParameterNames: Sendable, ExpressibleByArrayLiteral {
    private let names: [String]

    package init(_ names: [String]) { self.names = names }

    package init(arrayLiteral names: String...) { self.names = names }

    /// Throws for the first of `given` that is probably a misspelling.
    package func check(_ given: some Sequence<String>) throws(InvalidParameter) {
        for name in given {
            guard let intended = nearest(to: name) else { continue }
            throw InvalidParameter(name, name, "is not a parameter", "did you mean '\(intended)'?")
        }
    }

    /// The name that `given` is probably a misspelling of; nil when `given` is known or is not similar to any name.
    ///
    /// Names are similar when they differ only in case, hyphens, underscores, a plural `s`, an array's brackets (`topics[]`,
    /// `topics[0]`) or the rest of an escaped ampersand (`amp;topics`); or in one letter of a name of four to six letters,
    /// or in two letters of a longer name, or from its singular, if that has five letters. Two swapped neighbours count as one letter. A
    /// longer name that begins with a parameter of five letters or more, its plural `s` aside, is similar to it:
    /// `topicFilter`.
    package func nearest(to given: String) -> String? {
        guard !names.contains(given) else { return nil }
        let word = Self.plain(given)
        return names.map { (name: $0, changes: Self.changes(from: word, to: $0)) }
            .filter { $0.changes <= Self.maximumChanges($0.name) || Self.isVariant(word, of: $0.name) }
            .min { $0.changes < $1.changes }?.name
    }

    private static func changes(from word: String, to name: String) -> Int {
        let changes = EditDistance.between(word, plain(name))
        let singular = singular(name)
        // Too many words are one letter away from a shorter one: `time` from `type`.
        return singular.count >= 5 ? min(changes, EditDistance.between(word, String(singular))) : changes
    }

    private static func isVariant(_ word: String, of name: String) -> Bool {
        let singular = singular(name)
        return self.singular(word) == singular
            || (singular.count >= 5 && name.hasSuffix("s") && word.hasPrefix(singular))
    }

    private static func maximumChanges(_ name: String) -> Int {
        switch name.utf8.count {
        case ...3: 0
        case ...6: 1
        default: 2
        }
    }

    /// Small letters, without what joins words, brackets and an escaped ampersand: `last_event_id` is `lasteventid`, and
    /// `amp;Topics[0]` is `topics`.
    private static func plain(_ name: String) -> String {
        let name = name.lowercased()
        let start = name.hasPrefix("amp;") ? name.dropFirst(4) : name[...]
        return start.prefix { $0 != "[" }.filter { $0 != "-" && $0 != "_" }
    }

    private static func singular(_ name: String) -> Substring {
        let name = plain(name)
        return name.count > 2 && name.hasSuffix("s") ? name.dropLast() : name[...]
    }
}
