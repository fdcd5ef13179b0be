import Base64

/// Text that others wrote, as a page or a terminal may show it.
package enum ShownText {
    /// Replaces what a browser or a terminal would obey rather than show by `\u202e`.
    ///
    /// Those are control characters, line and paragraph separators, and the marks that turn the direction
    /// of writing: with them a name could be made to read as another. Inside a JSON string the replacement
    /// means the same. What HTML would obey is the templates' to escape.
    ///
    /// - Parameter keepsNewlines: true for text of several lines.
    package static func escaped(_ text: String, keepsNewlines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isObeyed(scalar), !(keepsNewlines && scalar == "\n") {
                output.append(contentsOf: "\\u".unicodeScalars)
                output.append(contentsOf: scalar.value.hexadecimal(digits: 4).unicodeScalars)
            } else {
                output.append(scalar)
            }
        }
        return String(output)
    }

    /// None of them is beyond U+FFFF, so four digits name each.
    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: false
        case 0...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The beginning of `bytes` as text; `…` stands for what is left out.
    package static func beginning(of bytes: [UInt8], bytes limit: Int, keepsNewlines: Bool = false) -> String {
        guard bytes.count > limit else {
            return escaped(String(decoding: bytes, as: UTF8.self), keepsNewlines: keepsNewlines)
        }
        var end = limit
        // Not between the bytes of a character.
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return escaped(String(decoding: bytes[..<end], as: UTF8.self), keepsNewlines: keepsNewlines) + "…"
    }
}
