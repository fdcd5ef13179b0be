import Glibc

/// The escapes of JSON strings, RFC 8259 §7, in a whole text.
package enum JSONEscapes {
    /// Whether there may be any: outside of strings JSON has no backslash.
    package static func arePresent(in text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return false }
        return memchr(start, Int32(UInt8(ascii: "\\")), text.count) != nil
    }

    /// The text with each escape replaced by what it stands for, in UTF-8; half a surrogate pair by U+FFFD.
    ///
    /// No longer JSON, but what a person reads.
    package static func resolved(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            guard text[place] == UInt8(ascii: "\\"), place + 1 < text.count else {
                output.append(text[place])
                place += 1
                continue
            }
            guard let unit = unit(at: place, of: text) else {
                output.append(short(text[place + 1]))
                place += 2
                continue
            }
            place += 6
            var scalar = Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}"
            if UTF16.isLeadSurrogate(unit), let low = self.unit(at: place, of: text), UTF16.isTrailSurrogate(low) {
                scalar = Unicode.Scalar(0x10000 + UInt32(unit - 0xD800) << 10 + UInt32(low - 0xDC00)) ?? scalar
                place += 6
            }
            output += UTF8.encode(scalar).map(Array.init) ?? []
        }
        return output
    }

    /// The number of the escape `\uXXXX` at that place; nil where there is another or none.
    private static func unit(at place: Int, of text: UnsafeRawBufferPointer) -> UInt16? {
        guard place + 6 <= text.count, text[place] == UInt8(ascii: "\\"), text[place + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt16(String(decoding: text[place + 2..<place + 6], as: UTF8.self), radix: 16)
    }

    private static func short(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: byte
        }
    }
}
