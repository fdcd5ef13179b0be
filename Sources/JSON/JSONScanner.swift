import Base64

/// A position in a JSON text, and the tokens of RFC 8259: whitespace, literals, numbers and strings.
///
/// The scanner checks a token and moves past it; its callers read the value. The bytes belong to the caller and must
/// outlive the scanner, which never leaves this module or the closure that has the bytes.
struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inline(__always)
    var isAtEnd: Bool { position == bytes.count }

    /// The byte at the position; at the end of the text 0, with which no token begins.
    @inline(__always)
    var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Moves past a byte if the byte is at the position.
    ///
    /// - Returns: whether the byte is at the position.
    @inline(__always)
    mutating func consume(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    func failure(_ problem: JSONFailure.Problem) -> JSONFailure {
        JSONFailure(offset: position, problem: problem)
    }

    func failure(expected what: StaticString) -> JSONFailure {
        failure(.expected(what))
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while position < bytes.count, Self.isWhitespace(bytes[position]) { position += 1 }
    }

    @inline(__always)
    static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Throws for a byte order mark, which RFC 8259, section 8.1, does not allow to write.
    func rejectByteOrderMark() throws(JSONFailure) {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw failure(.byteOrderMark)
        }
    }

    /// Moves past `true`, `false` or `null` at the position.
    mutating func scanLiteral(_ literal: StaticString) throws(JSONFailure) {
        let count = literal.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw failure(expected: "a value") }
        for index in 0..<count where bytes[position + index] != literal.utf8Start[index] {
            throw failure(expected: "a value")
        }
        position += count
    }

    /// Moves past the number at the position.
    mutating func scanNumber() throws(JSONFailure) {
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
            if Self.isDigit(current) { throw failure(.leadingZero) }
        } else {
            try scanDigits()
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try scanDigits()
        }
        if current | 0x20 == UInt8(ascii: "e") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try scanDigits()
        }
    }

    private mutating func scanDigits() throws(JSONFailure) {
        guard Self.isDigit(current) else { throw failure(expected: "a digit") }
        repeat { position += 1 } while Self.isDigit(current)
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

extension JSONScanner {
    /// Moves past the string whose opening quote is at the position.
    ///
    /// Checks UTF-8, escapes and surrogate pairs, and decodes nothing.
    ///
    /// - Returns: whether the string has an escape.
    mutating func scanString() throws(JSONFailure) -> Bool {
        position += 1
        var hasEscapes = false
        while true {
            skipPlainText()
            guard position < bytes.count else { throw failure(expected: "'\"' to end the string") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                _ = try scanEscape()
            case 0x80...:
                try skipMultibyteScalar()
            default:
                throw failure(.controlCharacter)
            }
        }
    }

    /// Moves to the next quote, backslash, control character or byte beyond ASCII, or to the end.
    ///
    /// Compares eight bytes at a time: in `word ^ pattern` a byte that is equal to the pattern is zero, and subtracting
    /// one from it sets its high bit. A borrow can only mark a byte above a correctly marked byte, and only the lowest
    /// mark is used.
    @inline(__always)
    private mutating func skipPlainText() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits: UInt64 = 0x8080_8080_8080_8080
        while position + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quotes = (word ^ (ones &* 0x22)) &- ones
            let backslashes = (word ^ (ones &* 0x5C)) &- ones
            let controls = word &- (ones &* 0x20)
            let marks = (quotes | backslashes | controls | word) & highBits
            if marks != 0 {
                position += marks.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < bytes.count, Self.isPlain(bytes[position]) { position += 1 }
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Moves past the scalar of two to four bytes at the position, by the table of RFC 3629, section 4: no overlong forms,
    /// no surrogates, nothing above U+10FFFF.
    private mutating func skipMultibyteScalar() throws(JSONFailure) {
        let lead = bytes[position]
        let second: ClosedRange<UInt8>
        let length: Int
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw failure(.invalidUTF8)
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else {
            throw failure(.invalidUTF8)
        }
        for index in 2..<max(length, 2) where bytes[position + index] & 0xC0 != 0x80 {
            throw failure(.invalidUTF8)
        }
        position += length
    }

    /// Moves past the escape whose backslash is at the position, and returns the scalar that it stands for.
    mutating func scanEscape() throws(JSONFailure) -> Unicode.Scalar {
        let start = position
        position += 1
        let escaped = current
        if escaped == UInt8(ascii: "u") {
            position += 1
            return try scanUnicodeEscape(from: start)
        }
        guard let scalar = Self.shortEscape(escaped) else { throw failure(.unknownEscape) }
        position += 1
        return scalar
    }

    private static func shortEscape(_ byte: UInt8) -> Unicode.Scalar? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): Unicode.Scalar(byte)
        case UInt8(ascii: "b"): "\u{08}"
        case UInt8(ascii: "f"): "\u{0C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        default: nil
        }
    }

    /// Reads the four digits of an escape, and the second escape of a surrogate pair.
    ///
    /// A lone half of a pair is an error: it stands for no scalar and cannot be written as UTF-8.
    private mutating func scanUnicodeEscape(from start: Int) throws(JSONFailure) -> Unicode.Scalar {
        let unit = try scanFourHexadecimalDigits()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let alone = JSONFailure(offset: start, problem: .loneSurrogate)
        guard unit < 0xDC00, current == UInt8(ascii: "\\") else { throw alone }
        position += 1
        guard current == UInt8(ascii: "u") else { throw alone }
        position += 1
        let second = try scanFourHexadecimalDigits()
        guard (0xDC00...0xDFFF).contains(second) else { throw alone }
        let value = 0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw alone }
        return scalar
    }

    private mutating func scanFourHexadecimalDigits() throws(JSONFailure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hexadecimal.value(of: current) else {
                throw failure(expected: "four hexadecimal digits after \\u")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
