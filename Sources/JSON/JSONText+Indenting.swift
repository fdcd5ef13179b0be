extension JSONText {
    /// Formats a JSON text for people, with one member or element on each line and two spaces for each level.
    ///
    /// Strings and numbers stay as they were written. Empty arrays and objects stay on their line.
    ///
    /// - Parameters:
    ///   - minified: a valid text without insignificant whitespace, as `minified` returns it.
    ///   - limit: the size in bytes after which the output ends; the output can exceed the limit by one indent. With deep
    ///     nesting the output is many times as long as the text.
    public static func indented(_ minified: [UInt8], limit: Int = .max) -> [UInt8] {
        var writer = IndentedWriter(capacity: min(minified.count, limit))
        for byte in minified where writer.output.count <= limit { writer.take(byte) }
        return writer.output
    }
}

/// Formats a minified text byte by byte, depending on whether a string is open and on the byte before.
private struct IndentedWriter {
    private(set) var output: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Whether a bracket was opened and nothing has followed it yet.
    private var isJustOpened = false

    init(capacity: Int) { output.reserveCapacity(capacity + capacity / 2) }

    mutating func take(_ byte: UInt8) {
        if isInString { return takeInString(byte) }
        let isClosing = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
        if isClosing { depth -= 1 }
        if isJustOpened != isClosing { beginLine() }
        isJustOpened = false
        output.append(byte)
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: ":"): output.append(UInt8(ascii: " "))
        case UInt8(ascii: ","): beginLine()
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            isJustOpened = true
        default: break
        }
    }

    private mutating func takeInString(_ byte: UInt8) {
        output.append(byte)
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
        }
    }

    private mutating func beginLine() {
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * max(0, depth)))
    }
}
