/// The text of queries and forms (WHATWG URL, application/x-www-form-urlencoded).
package enum FormEncoding {
    /// Decodes `+` as a space, and percent escapes.
    ///
    /// An invalid escape stays as it is; bytes that are not UTF-8 become U+FFFD. `fault(in:)` finds both.
    package static func decoded(_ text: some StringProtocol) -> String { decoded(text, plus: UInt8(ascii: " ")) }

    /// Decodes the percent escapes of a part of a path, where `+` has no special meaning.
    package static func decoded(partOfPath text: some StringProtocol) -> String {
        decoded(text, plus: UInt8(ascii: "+"))
    }

    /// A part of a text that cannot be decoded, as it was written.
    package enum Fault: Error, Hashable {
        /// A `%` without two hexadecimal digits, with the characters after it: `%zz`.
        case escape(String)
        /// Escapes whose bytes are not UTF-8: `%ff`. The first eight of them.
        case encoding(String)
    }

    /// The first part of a text that cannot be decoded; nil when all of it can.
    package static func fault(in text: some StringProtocol) -> Fault? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return nil }
        let source = Array(text.utf8)
        var index = 0
        while let start = source[index...].firstIndex(of: UInt8(ascii: "%")) {
            // The text between escapes is UTF-8, so a run of escapes must be UTF-8 by itself.
            var bytes: [UInt8] = []
            index = start
            while index < source.count, source[index] == UInt8(ascii: "%") {
                guard let byte = byte(ofEscapeAt: index, in: source) else {
                    return .escape(beginning(source[index...]))
                }
                bytes.append(byte)
                index += 3
            }
            guard String(validating: bytes, as: UTF8.self) != nil else {
                return .encoding(String(decoding: source[start..<index].prefix(24), as: UTF8.self))
            }
        }
        return nil
    }

    /// The `%` and at most two characters after it.
    private static func beginning(_ source: ArraySlice<UInt8>) -> String {
        String(String(decoding: source.prefix(12), as: UTF8.self).unicodeScalars.prefix(3))
    }

    private static func byte(ofEscapeAt index: Int, in source: [UInt8]) -> UInt8? {
        guard index + 2 < source.count, let high = Hexadecimal.value(of: source[index + 1]),
            let low = Hexadecimal.value(of: source[index + 2])
        else { return nil }
        return high << 4 | low
    }

    private static func decoded(_ text: some StringProtocol, plus: UInt8) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            let byte = source[index]
            if byte == UInt8(ascii: "%"), let escaped = self.byte(ofEscapeAt: index, in: source) {
                bytes.append(escaped)
                index += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? plus : byte)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
