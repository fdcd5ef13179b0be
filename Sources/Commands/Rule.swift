public import JSON

/// What a field may hold, and how it is read from JSON and written back.
///
/// Lengths of text are counted in Unicode scalars, called characters in messages.
public struct Rule<Value: Sendable>: Sendable {
    /// What the rule accepts, in words that follow "must be".
    public let expectation: String
    /// Reads a value from JSON.
    public let read: @Sendable (JSONValue) throws(Mismatch) -> Value
    /// Returns the value as JSON; nil when it is left out.
    public let write: @Sendable (Value) -> JSONValue?

    /// Makes a rule.
    public init(
        expectation: String, read: @escaping @Sendable (JSONValue) throws(Mismatch) -> Value,
        write: @escaping @Sendable (Value) -> JSONValue?
    ) {
        self.expectation = expectation
        self.read = read
        self.write = write
    }
}

/// A value that breaks a rule.
public struct Mismatch: Error {
    /// What was sent, in words that follow "not".
    public let found: String

    /// Makes a mismatch.
    public init(found: String) { self.found = found }
}

extension Rule<Bool> {
    /// `true` or `false`.
    public static let flag = Rule(
        expectation: "true or false",
        read: { (json) throws(Mismatch) in
            guard let value = json.bool else { throw Mismatch(found: json.kindName) }
            return value
        },
        write: { .bool($0) })
}

extension Rule<Int> {
    /// A whole number in a range.
    public static func integer(_ range: ClosedRange<Int>) -> Rule {
        let upperBound = range.upperBound == .max ? "or more" : "to \(range.upperBound)"
        return Rule(
            expectation: "a whole number, \(range.lowerBound) \(upperBound)",
            read: { (json) throws(Mismatch) in
                guard let number = json.number else { throw Mismatch(found: json.kindName) }
                guard let value = number.int, range.contains(value) else {
                    throw Mismatch(found: number.text.shortened)
                }
                return value
            },
            write: { .number(JSONNumber($0)) })
    }
}

extension Rule {
    /// A value that may be absent; `null` is not accepted in its place.
    public static func optional<Wrapped>(_ rule: Rule<Wrapped>) -> Rule where Value == Wrapped? {
        Rule(
            expectation: rule.expectation,
            read: { (json) throws(Mismatch) in try rule.read(json) },
            write: { $0.flatMap(rule.write) })
    }
}

extension Rule<String> {
    /// A string with a number of characters in a range.
    public static func text(_ length: ClosedRange<Int>) -> Rule {
        string("a string of \(words(for: length))") { (text) throws(Mismatch) in
            try text.checkLength(length)
            return text
        }
    }

    /// A string with a number of characters in a range, of which at least one is not whitespace.
    public static func writing(_ length: ClosedRange<Int>) -> Rule {
        string("a string of \(words(for: length)) with more than whitespace in it") { (text) throws(Mismatch) in
            try text.checkLength(length)
            if text.unicodeScalars.allSatisfy(\.isWhitespace) {
                throw Mismatch(found: "only whitespace")
            }
            return text
        }
    }

    /// A string that has a number of characters in a range after whitespace was removed from its ends, and no control
    /// characters.
    public static func code(_ length: ClosedRange<Int>) -> Rule {
        string("a string of \(words(for: length)) without control characters") { (text) throws(Mismatch) in
            let code = text.trimmed
            try code.checkLength(length)
            if code.unicodeScalars.contains(where: \.isControl) {
                throw Mismatch(found: "a text with a control character")
            }
            return code
        }
    }

    private static func string(
        _ expectation: String, read: @escaping @Sendable (String) throws(Mismatch) -> String
    ) -> Rule {
        Rule(
            expectation: expectation,
            read: { (json) throws(Mismatch) in
                guard let text = json.string else { throw Mismatch(found: json.kindName) }
                return try read(text)
            },
            write: { .string($0) })
    }

    private static func words(for length: ClosedRange<Int>) -> String {
        length.lowerBound == 0
            ? "at most \(length.upperBound) characters"
            : "\(length.lowerBound) to \(length.upperBound) characters"
    }
}

extension String {
    func checkLength(_ length: ClosedRange<Int>) throws(Mismatch) {
        // Bytes are never fewer than scalars, and counted already.
        if utf8.count <= length.upperBound, utf8.count >= length.lowerBound * 4 { return }
        let count = unicodeScalars.count
        if count == 0, !length.contains(0) { throw Mismatch(found: "an empty one") }
        if !length.contains(count) { throw Mismatch(found: count == 1 ? "1 character" : "\(count) characters") }
    }

    /// At most forty characters of the string, for messages.
    public var shortened: String {
        let scalars = unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: 40, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return self }
        return String(scalars[..<end]) + "…"
    }
}

extension Unicode.Scalar {
    /// Whether the scalar is of Unicode's category Cc: U+0000…U+001F and U+007F…U+009F.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
