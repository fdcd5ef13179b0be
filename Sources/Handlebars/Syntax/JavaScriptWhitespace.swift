/// What `\s` and `trim()` take for white space in JavaScript, in UTF-8.
enum JavaScriptWhitespace {
    /// The length of the white space character that starts at `offset`, 0 if there is none.
    @inline(__always)
    static func length(in bytes: [UInt8], at offset: Int) -> Int {
        let byte = bytes[offset]
        if byte < 0x80 { return isASCII(byte) ? 1 : 0 }
        return longLength(bytes[offset...].prefix(3))
    }

    /// The length of the white space character that ends before `offset`, 0 if there is none.
    static func length(in bytes: [UInt8], before offset: Int, from start: Int) -> Int {
        guard offset > start else { return 0 }
        if bytes[offset - 1] < 0x80 { return isASCII(bytes[offset - 1]) ? 1 : 0 }
        for length in 2...3 where offset - length >= start && longLength(bytes[(offset - length)..<offset]) == length {
            return length
        }
        return 0
    }

    @inline(__always)
    static func isASCII(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0d)
    }

    /// U+00A0, U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000 and U+FEFF.
    private static func longLength(_ bytes: ArraySlice<UInt8>) -> Int {
        let start = bytes.startIndex
        if bytes.count >= 2, bytes[start] == 0xc2, bytes[start + 1] == 0xa0 { return 2 }
        guard bytes.count >= 3 else { return 0 }
        switch (bytes[start], bytes[start + 1], bytes[start + 2]) {
        case (0xe1, 0x9a, 0x80), (0xe2, 0x80, 0x80...0x8a), (0xe2, 0x80, 0xa8...0xa9), (0xe2, 0x80, 0xaf),
            (0xe2, 0x81, 0x9f), (0xe3, 0x80, 0x80), (0xef, 0xbb, 0xbf):
            return 3
        default: return 0
        }
    }

    /// The range left after white space at both ends of `range` is taken off.
    static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        let start = trimmedStart(bytes, range)
        return start..<trimmedEnd(bytes, start..<range.upperBound)
    }

    static func trimmedStart(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var start = range.lowerBound
        while start < range.upperBound {
            let length = length(in: bytes, at: start)
            if length == 0 { break }
            start += length
        }
        return start
    }

    static func trimmedEnd(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var end = range.upperBound
        while true {
            let length = length(in: bytes, before: end, from: range.lowerBound)
            if length == 0 { return end }
            end -= length
        }
    }
}
