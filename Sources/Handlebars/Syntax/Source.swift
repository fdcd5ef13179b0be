/// The text of a template and its name.
///
/// The parser and the compiler use byte offsets as positions; a source converts them to lines and columns for errors.
struct Source: Sendable {
    let name: String
    let bytes: [UInt8]
    /// The number of lines that were removed before the text, and of the columns of the last of them.
    private let skippedLines: Int
    private let skippedColumns: Int

    /// Invalid UTF-8 is replaced by U+FFFD, so that the output is always UTF-8.
    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = Source.valid(bytes)
        skippedLines = 0
        skippedColumns = 0
    }

    /// The text of a file without the white space around it; locations are still those in the file.
    init(name: String, trimming bytes: [UInt8]) {
        let kept = JavaScriptWhitespace.trimmed(bytes, bytes.indices)
        let skipped = bytes[..<kept.lowerBound]
        self.name = name
        self.bytes = Source.valid(Array(bytes[kept]))
        skippedLines = skipped.count { $0 == UInt8(ascii: "\n") }
        skippedColumns = Source.scalars(in: skipped[(skipped.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)...])
    }

    private static func valid(_ bytes: [UInt8]) -> [UInt8] {
        if (try? UTF8Span(validating: bytes.span)) != nil { return bytes }
        return Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    /// The text of a range that starts and ends at scalar boundaries, as every token does.
    func text(_ range: Range<Int>) -> String {
        String(unvalidated: bytes.span.extracting(range))
    }

    /// The line and column of an offset, both from 1.
    func location(of offset: Int) -> TemplateError.Location {
        let offset = min(offset, bytes.count)
        let newline = UInt8(ascii: "\n")
        let line = bytes[..<offset].count { $0 == newline } + 1
        let start = bytes[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let column = Source.scalars(in: bytes[start..<offset]) + 1
        return .init(template: name, line: line + skippedLines, column: line == 1 ? column + skippedColumns : column)
    }

    func error(_ code: TemplateError.Code, _ message: String, hint: String? = nil, at offset: Int) -> TemplateError {
        let location = location(of: offset)
        return TemplateError(
            code, message, hint: hint, at: location, excerpt: Excerpt.text(of: bytes, at: offset),
            surroundings: Excerpt.lines(of: bytes, at: offset, number: location.line))
    }

    private static func scalars(in bytes: ArraySlice<UInt8>) -> Int {
        bytes.count { $0 & 0xc0 != 0x80 }
    }
}

/// The line of a text at a position, for errors.
package enum Excerpt {
    /// The number of bytes of a long line that are shown on either side of the position.
    static let reach = 60

    /// The line and a line with a caret below the position, both indented by two spaces.
    ///
    /// Tabs before the position are repeated before the caret; invalid UTF-8 is replaced by U+FFFD.
    package static func text(of bytes: [UInt8], at offset: Int) -> String {
        let (line, caret) = line(of: bytes, at: offset)
        return "  " + line + "\n  " + caret
    }

    /// The line, and the text that puts a caret below the position.
    static func line(of bytes: [UInt8], at offset: Int) -> (text: String, caret: String) {
        let offset = min(offset, bytes.count)
        let newline = UInt8(ascii: "\n")
        var start = bytes[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
        var end = bytes[offset...].firstIndex(of: newline) ?? bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r"), end - 1 >= offset { end -= 1 }
        start = wholeScalar(max(start, offset - reach), in: bytes)
        end = wholeScalar(min(end, offset + reach), in: bytes)
        let indent = bytes[start..<offset].reduce(into: "") { indent, byte in
            if byte & 0xc0 != 0x80 { indent += byte == UInt8(ascii: "\t") ? "\t" : " " }
        }
        return (String(decoding: bytes[start..<end], as: UTF8.self), indent + "^")
    }

    /// The start of the scalar at an offset.
    private static func wholeScalar(_ offset: Int, in bytes: [UInt8]) -> Int {
        var offset = offset
        while offset > 0, offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset -= 1 }
        return offset
    }
}

extension Excerpt {
    /// A line near the position of an error.
    package struct Line: Sendable {
        /// The number of the line, from 1.
        package let number: Int
        /// The beginning of the line; for the line at fault, the text around the position.
        package let text: String
        /// The text that puts a caret below the position; `nil` except for the line at fault.
        package let caret: String?
    }

    /// The number of lines that are shown on either side.
    private static let neighbours = 3

    /// The line of a position with the lines around it.
    ///
    /// - Parameter number: the number of the line at the position.
    package static func lines(of bytes: [UInt8], at offset: Int, number: Int) -> [Line] {
        let (text, caret) = line(of: bytes, at: offset)
        var lines = [Line(number: number, text: text, caret: caret)]
        let newline = UInt8(ascii: "\n")
        var start = min(offset, bytes.count)
        for distance in 1...neighbours {
            guard let end = bytes[..<start].lastIndex(of: newline) else { break }
            start = bytes[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
            lines.insert(Line(number: number - distance, text: beginning(of: bytes[start..<end]), caret: nil), at: 0)
        }
        var end = bytes[min(offset, bytes.count)...].firstIndex(of: newline)
        for distance in 1...neighbours {
            guard let before = end, before + 1 < bytes.count else { break }
            end = bytes[(before + 1)...].firstIndex(of: newline)
            lines.append(
                Line(
                    number: number + distance, text: beginning(of: bytes[(before + 1)..<(end ?? bytes.count)]),
                    caret: nil))
        }
        return lines
    }

    private static func beginning(of line: ArraySlice<UInt8>) -> String {
        String(decoding: line.prefix(2 * reach), as: UTF8.self).filter { $0 != "\r" && $0 != "\r\n" }
    }
}
