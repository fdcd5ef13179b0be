import Base64

/// Text from users in a form that is safe to show on a page or a terminal.
package enum ShownText {
    /// Replaces characters that a browser or a terminal interprets by escapes such as `\u202e`.
    ///
    /// These are control characters, line and paragraph separators, and the marks that change the direction of writing,
    /// with which a name could look like another. In a JSON string the escapes have the same meaning. The characters of
    /// HTML are not replaced; templates escape them.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - keepsNewlines: whether newlines stay, for text of several lines.
    package static func escaped(_ text: String, keepsNewlines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: isInterpreted) else { return text }
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isInterpreted(scalar), !(keepsNewlines && scalar == "\n") {
                output.append(contentsOf: "\\u".unicodeScalars)
                output.append(contentsOf: scalar.value.hexadecimal(digits: 4).unicodeScalars)
            } else {
                output.append(scalar)
            }
        }
        return String(output)
    }

    /// Whether a browser or a terminal interprets a scalar. All such scalars are at most U+FFFF, so four digits suffice.
    private static func isInterpreted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: false
        case 0...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The beginning of a text, safe to show; `…` stands for the rest.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - limit: the largest number of bytes of the beginning.
    ///   - keepsNewlines: whether newlines stay, for text of several lines.
    package static func beginning(of bytes: [UInt8], bytes limit: Int, keepsNewlines: Bool = false) -> String {
        guard bytes.count > limit else {
            return escaped(String(decoding: bytes, as: UTF8.self), keepsNewlines: keepsNewlines)
        }
        var end = limit
        // Do not cut between the bytes of a scalar.
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return escaped(String(decoding: bytes[..<end], as: UTF8.self), keepsNewlines: keepsNewlines) + "…"
    }
}
