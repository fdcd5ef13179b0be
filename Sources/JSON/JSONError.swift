import Base64

/// The first error in a JSON text, with its position.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, for example what was expected and what was found.
    public let message: String
    /// The line of the error; the first line is 1.
    public let line: Int
    /// The column of the error, in Unicode scalars; the first column is 1.
    public let column: Int
    /// The position of the error, in bytes from the start of the text.
    public let offset: Int

    /// The line and the column of the error.
    public var position: TextPosition { TextPosition(line: line, column: column) }

    /// The position and the message: `line 1, column 5: expected a value, found 'x'`.
    public var description: String { "line \(line), column \(column): \(message)" }
}

extension JSONError {
    /// An error with the line and the column of a failure in the text, and with what to write instead if that is known.
    init(_ failure: JSONFailure, in bytes: UnsafeRawBufferPointer) {
        let found = failure.offset < bytes.count ? bytes[failure.offset] : nil
        let hint = JSONHint(failure, in: bytes)
        if let comma = hint.trailingComma {
            let message = "nothing follows this comma before \(JSONFailure.Problem.name(of: found)); remove the comma"
            self.init(message, at: comma, in: bytes)
        } else {
            let remedy = hint.remedy.map { "; \($0)" } ?? ""
            self.init(failure.problem.message(found: found) + remedy, at: failure.offset, in: bytes)
        }
    }

    private init(_ message: String, at offset: Int, in bytes: UnsafeRawBufferPointer) {
        let position = TextPosition(of: offset, in: bytes)
        self.init(message: message, line: position.line, column: position.column, offset: offset)
    }
}

/// An error inside this module, which is cheap to throw. Line, column and message are computed when the error leaves the
/// module as a `JSONError`.
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
    /// The message for the problem.
    ///
    /// - Parameter found: the byte at the position of the error; nil at the end of the text.
    func message(found: UInt8?) -> String {
        switch self {
        case .expected(let what):
            "expected \(what), found \(Self.name(of: found))"
        case .tooDeep(let limit):
            "arrays and objects are nested deeper than the limit of \(limit)"
        case .byteOrderMark:
            "the text begins with a byte order mark; send UTF-8 without one"
        case .leadingZero:
            "a number must not begin with a zero before other digits"
        case .controlCharacter:
            "\(Self.name(of: found)) must be escaped in a string, as \\u00XX"
        case .unknownEscape:
            "a backslash must be followed by one of \" \\ / b f n r t u, found \(Self.name(of: found))"
        case .loneSurrogate:
            "the \\u escape is half of a surrogate pair; a pair is \\uD800…\\uDBFF and then \\uDC00…\\uDFFF"
        case .invalidUTF8:
            "\(Self.name(of: found)) is not valid UTF-8"
        }
    }

    fileprivate static func name(of byte: UInt8?) -> String {
        guard let byte else { return "the end of the text" }
        if (0x21...0x7E).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
        if byte == 0x20 { return "a space" }
        return "the byte 0x" + byte.hexadecimal(digits: 2, uppercase: true)
    }
}
