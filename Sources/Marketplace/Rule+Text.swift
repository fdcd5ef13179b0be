import JSON

extension Rule<String> {
    /// Any string of so many characters.
    static func text(_ length: ClosedRange<Int>) -> Rule {
        string("a string of \(words(for: length))") { (text) throws(Mismatch) in
            try text.checkLength(length)
            return text
        }
    }

    /// A string of so many characters that are not all whitespace.
    static func writing(_ length: ClosedRange<Int>) -> Rule {
        string("a string of \(words(for: length)) with more than whitespace in it") { (text) throws(Mismatch) in
            try text.checkLength(length)
            if text.unicodeScalars.allSatisfy(\.isWhitespace) {
                throw Mismatch(found: "only whitespace")
            }
            return text
        }
    }

    /// A string that, once whitespace is taken off its ends, has so many characters and no
    /// control characters among them.
    static func code(_ length: ClosedRange<Int>) -> Rule {
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
    var shortened: String {
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
