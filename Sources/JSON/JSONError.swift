import Base64

/// Why a text is not the JSON it should be, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was expected and what was found instead.
    public let message: String
    /// The line of the fault; the first line is 1.
    public let line: Int
    /// The column of the fault in Unicode scalars; the first column is 1.
    public let column: Int
    /// The fault's distance from the start of the text, in bytes.
    public let offset: Int

    /// The place and the message, as `line 1, column 5: expected a value, found 'x'`.
    public var description: String { "line \(line), column \(column): \(message)" }
}

extension JSONError {
    /// Finds the line and the column of a failure in the text it belongs to.
    init(_ failure: JSONFailure, in bytes: UnsafeRawBufferPointer) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(failure.offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        let found = failure.offset < bytes.count ? bytes[failure.offset] : nil
        self.init(
            message: failure.problem.message(found: found), line: line, column: column, offset: failure.offset)
    }
}

/// A fault as the scanner sees it: cheap to throw; line, column and words are worked out
/// once, where it leaves the module as a `JSONError`.
struct JSONFailure: Error {
    let offset: Int
    let problem: Problem

    enum Problem {
        case expected(StaticString)
        case tooDeep(limit: Int)
        case byteOrderMark
        case leadingZero
        case controlCharacter
        case unknownEscape
        case loneSurrogate
        case invalidUTF8
    }
}

extension JSONFailure.Problem {
    /// Words for the problem; `found` is the byte at the fault, nil at the end of the text.
    func message(found: UInt8?) -> String {
        switch self {
        case .expected(let what):
            "expected \(what), found \(Self.name(of: found))"
        case .tooDeep(let limit):
            "arrays and objects are nested deeper than the limit of \(limit)"
        case .byteOrderMark:
            "the text begins with a byte order mark; send UTF-8 without one"
        case .leadingZero:
            "a number cannot begin with a zero that another digit follows"
        case .controlCharacter:
            "\(Self.name(of: found)) cannot stand in a string as it is; escape it as \\u00XX"
        case .unknownEscape:
            "a backslash must be followed by one of \" \\ / b f n r t u, found \(Self.name(of: found))"
        case .loneSurrogate:
            "the \\u escape is half of a surrogate pair; a pair is \\uD800…\\uDBFF and then \\uDC00…\\uDFFF"
        case .invalidUTF8:
            "\(Self.name(of: found)) does not belong to valid UTF-8"
        }
    }

    private static func name(of byte: UInt8?) -> String {
        guard let byte else { return "the end of the text" }
        if (0x21...0x7E).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
        if byte == 0x20 { return "a space" }
        return "the byte 0x" + byte.hexadecimal(digits: 2, uppercase: true)
    }
}
