import Base64

/// Functions on JSON text that build no tree of values.
public enum JSONText {
    /// Checks a JSON text as `JSONValue(parsing:)` does, and removes its insignificant whitespace.
    ///
    /// Nothing else changes: escapes, numbers and repeated keys stay as they were written. A text without such whitespace
    /// is returned without a copy.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - maximumDepth: the number of levels to which arrays and objects can be nested,
    ///     0...`JSONValue.deepestMaximumDepth`.
    /// - Throws: the first error in the text, with its position.
    public static func minified(
        _ bytes: [UInt8], maximumDepth: Int = JSONValue.defaultMaximumDepth
    ) throws(JSONError) -> [UInt8] {
        precondition(
            (0...JSONValue.deepestMaximumDepth).contains(maximumDepth), "maximumDepth is out of range")
        let shorter = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(JSONError) in
            var minifier = JSONMinifier(bytes, maximumDepth: maximumDepth)
            do throws(JSONFailure) {
                return try minifier.minify()
            } catch {
                throw JSONError(error, in: bytes)
            }
        }
        return shorter ?? bytes
    }
}

extension JSONText {
    /// Appends a string in quotes. Only `"`, `\` and control characters are escaped; U+2028 and U+2029 are not.
    public static func writeString(_ text: String, into output: inout [UInt8]) {
        text.utf8.span.bytes.withUnsafeBytes { writeString($0, into: &output) }
    }

    /// Appends a string in quotes from bytes that the caller knows to be valid UTF-8.
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
            output.append(Hexadecimal.digit(byte >> 4))
            output.append(Hexadecimal.digit(byte & 0x0F))
        }
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}

extension JSONText {
    /// Replaces each `\u` escape of a lone half of a surrogate pair by `\ufffd`, the replacement character.
    ///
    /// Browsers do the same when they send such a string as UTF-8 (Web IDL, USVString); `JSON.stringify` leaves it to the
    /// receiver. Nothing else changes, the length stays the same, and the text need not be JSON.
    ///
    /// - Returns: whether there was such an escape.
    public static func replaceLoneSurrogates(in text: inout [UInt8]) -> Bool {
        guard var position = text.firstIndex(of: UInt8(ascii: "\\")) else { return false }
        var isChanged = false
        while position < text.count {
            guard text[position] == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            switch (surrogate(at: position, of: text), surrogate(at: position + 6, of: text)) {
            case (nil, _):
                position += 2
            case (.high, .low):
                position += 12
            default:
                text.replaceSubrange(position + 2..<position + 6, with: "fffd".utf8)
                isChanged = true
                position += 6
            }
        }
        return isChanged
    }

    private enum Surrogate { case high, low }

    /// Which half of a pair the escape `\uD800`…`\uDFFF` at the position is; nil for anything else.
    private static func surrogate(at position: Int, of text: [UInt8]) -> Surrogate? {
        guard position + 6 <= text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u"),
            let unit = Hexadecimal.number(text[position + 2..<position + 6])
        else { return nil }
        return switch unit {
        case 0xD800...0xDBFF: .high
        case 0xDC00...0xDFFF: .low
        default: nil
        }
    }
}
