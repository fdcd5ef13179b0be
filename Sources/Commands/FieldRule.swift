public import JSON

/// What a field may hold, and how its value is read from JSON and written to JSON.
///
/// Lengths of strings are counted in Unicode scalars, which messages call characters.
public struct FieldRule<Value: Sendable>: Sendable {
    /// What the rule accepts, in words that follow "must be".
    public let expectation: String
    /// Reads a value from JSON.
    public let read: @Sendable (JSONValue) throws(Mismatch) -> Value
    /// Returns the value as JSON; nil when the field is left out.
    public let write: @Sendable (Value) -> JSONValue?

    /// Makes a rule.
    ///
    /// - Parameters:
    ///   - expectation: what the rule accepts, in words that follow "must be".
    ///   - read: reads a value from JSON.
    ///   - write: returns the value as JSON; nil when the field is left out.
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

extension FieldRule<Bool> {
    /// `true` or `false`.
    public static let boolean = FieldRule(
        expectation: "true or false",
        read: { (json) throws(Mismatch) in
            guard let value = json.bool else { throw Mismatch(found: json.kindName) }
            return value
        },
        write: { .bool($0) })
}

extension FieldRule<Int> {
    /// A whole number in a range.
    public static func integer(_ range: ClosedRange<Int>) -> FieldRule {
        let upperBound = range.upperBound == .max ? "or more" : "to \(range.upperBound)"
        return FieldRule(
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

extension FieldRule {
    /// A value that may be left out; `null` is not accepted instead.
    public static func optional<Wrapped>(_ rule: FieldRule<Wrapped>) -> FieldRule where Value == Wrapped? {
        FieldRule(
            expectation: rule.expectation,
            read: { (json) throws(Mismatch) in try rule.read(json) },
            write: { $0.flatMap(rule.write) })
    }
}

// MARK: - Strings

extension FieldRule<String> {
    /// A string with a number of characters in a range.
    public static func text(_ length: ClosedRange<Int>) -> FieldRule {
        string("a string of \(words(for: length))") { (text) throws(Mismatch) in
            try text.checkLength(length)
            return text
        }
    }

    /// A string with a number of characters in a range, at least one of which is not whitespace.
    public static func nonblankText(_ length: ClosedRange<Int>) -> FieldRule {
        string("a string of \(words(for: length)) with at least one that is not whitespace") {
            (text) throws(Mismatch) in
            try text.checkLength(length)
            if text.unicodeScalars.allSatisfy(\.isWhitespace) {
                throw Mismatch(found: "only whitespace")
            }
            return text
        }
    }

    /// A string without control characters. Whitespace at its ends is removed, and the rest has a number of characters
    /// in a range.
    public static func trimmedText(_ length: ClosedRange<Int>) -> FieldRule {
        string("a string of \(words(for: length)) without control characters") { (text) throws(Mismatch) in
            let trimmed = text.trimmed
            try trimmed.checkLength(length)
            if trimmed.unicodeScalars.contains(where: \.isControl) {
                throw Mismatch(found: "a string with a control character")
            }
            return trimmed
        }
    }

    private static func string(
        _ expectation: String, read: @escaping @Sendable (String) throws(Mismatch) -> String
    ) -> FieldRule {
        FieldRule(
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
    fileprivate func checkLength(_ length: ClosedRange<Int>) throws(Mismatch) {
        // A scalar has 1 to 4 bytes, and the number of bytes is known without a scan.
        if utf8.count <= length.upperBound, utf8.count >= length.lowerBound * 4 { return }
        let count = unicodeScalars.count
        if count == 0, !length.contains(0) { throw Mismatch(found: "an empty string") }
        if !length.contains(count) { throw Mismatch(found: count == 1 ? "1 character" : "\(count) characters") }
    }
}

extension Unicode.Scalar {
    /// Whether the scalar is of Unicode's category Cc: U+0000…U+001F and U+007F…U+009F.
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}

// MARK: - Addresses

extension FieldRule<[String]> {
    /// A list of addresses that are safe to put into a page: `http:` and `https:` URLs with a host, and absolute or
    /// relative paths.
    ///
    /// Refuses what a browser would execute, such as `javascript:`, and what browsers read differently: backslashes,
    /// whitespace and `//host`.
    public static func addresses(atMost count: Int, length: ClosedRange<Int>) -> FieldRule {
        FieldRule(
            expectation: "an array of at most \(count) http(s) URLs or paths without a scheme, "
                + "each of \(length.lowerBound) to \(length.upperBound) characters",
            read: { (json) throws(Mismatch) in
                guard let elements = json.array else { throw Mismatch(found: json.kindName) }
                guard elements.count <= count else { throw Mismatch(found: "\(elements.count) elements") }
                var addresses: [String] = []
                for (index, element) in elements.enumerated() {
                    do throws(Mismatch) {
                        addresses.append(try address(element, length: length))
                    } catch {
                        throw Mismatch(found: "\(error.found) at index \(index)")
                    }
                }
                return addresses
            },
            write: { .array($0.map { .string($0) }) })
    }

    private static func address(_ json: JSONValue, length: ClosedRange<Int>) throws(Mismatch) -> String {
        guard let text = json.string else { throw Mismatch(found: json.kindName) }
        try text.checkLength(length)
        guard isSafe(text) else { throw Mismatch(found: "\"\(text.shortened)\"") }
        return text
    }

    private static func isSafe(_ text: String) -> Bool {
        guard text.utf8.allSatisfy(isHarmless), !text.hasPrefix("//") else { return false }
        if text.utf8.contains(where: { $0 >= 0x80 }),
            text.unicodeScalars.contains(where: { $0.isControl || $0.isWhitespace })
        {
            return false
        }
        // RFC 3986, section 4.2: before the first slash of a relative path there is no colon.
        let start = text.utf8.prefix { $0 != UInt8(ascii: ":") && !isDelimiter($0) }
        let rest = text.utf8[start.endIndex...]
        guard rest.first == UInt8(ascii: ":") else { return true }
        // An ASCII letter differs from its capital in the bit 0x20, and no other byte becomes one of these letters.
        let scheme = start.lazy.map { $0 | 0x20 }
        guard scheme.elementsEqual("http".utf8) || scheme.elementsEqual("https".utf8),
            rest.starts(with: "://".utf8), let host = rest.dropFirst(3).first
        else { return false }
        return !isDelimiter(host)
    }

    /// Whether a byte is not an ASCII control character, a space or a backslash.
    private static func isHarmless(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "\\")
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}
