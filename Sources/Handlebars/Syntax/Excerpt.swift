/// The line of a text around a place, for errors.
package enum Excerpt {
    /// How much of a long line is shown on either side of the place, in bytes.
    static let reach = 60

    /// The line with a caret below the place, both indented by two spaces. A tab before the place is one before the
    /// caret too; bytes that are not UTF-8 become U+FFFD.
    package static func text(of bytes: [UInt8], at offset: Int) -> String {
        let (line, caret) = line(of: bytes, at: offset)
        return "  " + line + "\n  " + caret
    }

    /// The line, and what puts a caret below the place.
    static func line(of bytes: [UInt8], at offset: Int) -> (text: String, caret: String) {
        let offset = min(offset, bytes.count)
        let newline = UInt8(ascii: "\n")
        var start = bytes[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
        var end = bytes[offset...].firstIndex(of: newline) ?? bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r"), end - 1 >= offset { end -= 1 }
        start = wholeScalar(max(start, offset - reach), in: bytes)
        end = wholeScalar(min(end, offset + reach), in: bytes)
        let indent = bytes[start..<offset].reduce(into: "") { indent, byte in
            if byte & 0xc0 != 0x80 { indent += byte == UInt8(ascii: "\t") ? "\t" : " " }
        }
        return (String(decoding: bytes[start..<end], as: UTF8.self), indent + "^")
    }

    /// The nearest start of a scalar at or before an offset.
    private static func wholeScalar(_ offset: Int, in bytes: [UInt8]) -> Int {
        var offset = offset
        while offset > 0, offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset -= 1 }
        return offset
    }
}
