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
