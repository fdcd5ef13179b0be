/// A position in JSON text, and the tokens of RFC 8259: whitespace, literals, numbers.
///
/// It checks and moves on; what a token means is its callers' business. The
/// bytes belong to the caller and must outlive the scanner, which never leaves
/// this module nor the closure that lent them. Strings are in `JSONScanner+String`.
struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inline(__always)
    var isAtEnd: Bool { position == bytes.count }

    /// The byte at the position; 0, which begins no token, at the end of the text.
    @inline(__always)
    var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

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

    /// Refuses a byte order mark: RFC 8259, section 8.1, forbids writing one.
    func refuseByteOrderMark() throws(JSONFailure) {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw failure(.byteOrderMark)
        }
    }

    /// Moves behind `true`, `false` or `null`, which begins at the position.
    mutating func scanLiteral(_ literal: StaticString) throws(JSONFailure) {
        let count = literal.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw failure(expected: "a value") }
        for index in 0..<count where bytes[position + index] != literal.utf8Start[index] {
            throw failure(expected: "a value")
        }
        position += count
    }

    /// Moves behind the number that begins at the position.
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
