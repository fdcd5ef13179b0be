extension JSONText {
    /// Appends a string in quotes; `"`, `\` and control characters are escaped, everything else,
    /// U+2028 and U+2029 too, stands as it is.
    public static func writeString(_ text: String, into output: inout [UInt8]) {
        text.utf8.span.bytes.withUnsafeBytes { writeString($0, into: &output) }
    }

    /// Appends a string in quotes, from bytes that the caller knows to be valid UTF-8.
    public static func writeString(_ utf8: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var runStart = 0
        for position in 0..<utf8.count where needsEscape(utf8[position]) {
            output.append(contentsOf: utf8[runStart..<position])
            writeEscape(utf8[position], into: &output)
            runStart = position + 1
        }
        output.append(contentsOf: utf8[runStart...])
        output.append(UInt8(ascii: "\""))
    }

    private static func writeEscape(_ byte: UInt8, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        default:
            output.append(contentsOf: "u00".utf8)
            output.append(hexadecimalDigit(byte >> 4))
            output.append(hexadecimalDigit(byte & 0x0F))
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}
