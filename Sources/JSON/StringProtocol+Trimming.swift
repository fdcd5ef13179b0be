extension StringProtocol {
    /// The text without whitespace at its ends; line breaks and tabs are whitespace.
    package var trimmed: String { String(trimmed(where: \.isWhitespace)) }

    /// The part of the text between the first and the last scalar that does not match.
    ///
    /// - Parameter isTrimmed: whether a scalar at an end is left out.
    package func trimmed(where isTrimmed: (Unicode.Scalar) -> Bool) -> SubSequence {
        guard let first = unicodeScalars.firstIndex(where: { !isTrimmed($0) }),
            let last = unicodeScalars.lastIndex(where: { !isTrimmed($0) })
        else { return self[endIndex...] }
        return self[first..<unicodeScalars.index(after: last)]
    }
}

extension Unicode.Scalar {
    /// Whether the scalar has Unicode's property White_Space, which takes long to look up beyond ASCII.
    package var isWhitespace: Bool {
        isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }
}
