/// The text of queries and forms (WHATWG URL, application/x-www-form-urlencoded).
package enum FormEncoding {
    /// Decodes `+` as a space, and percent escapes.
    ///
    /// An invalid escape stays as it is; bytes that are not UTF-8 become U+FFFD.
    package static func decoded(_ text: some StringProtocol) -> String { decoded(text, plus: UInt8(ascii: " ")) }

    /// Decodes the percent escapes of a part of a path, where `+` has no special meaning.
    package static func decoded(partOfPath text: some StringProtocol) -> String {
        decoded(text, plus: UInt8(ascii: "+"))
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
            if byte == UInt8(ascii: "%"), index + 2 < source.count, let high = Hexadecimal.value(of: source[index + 1]),
                let low = Hexadecimal.value(of: source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? plus : byte)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
