/// The text of a template and its name, from which places in errors are worked out.
///
/// Places are byte offsets everywhere else.
struct Source: Sendable {
    let name: String
    let bytes: [UInt8]
    /// The lines, and the columns of the last of them, which were cut off before the text.
    private let skippedLines: Int
    private let skippedColumns: Int

    /// Bytes that are not UTF-8 become U+FFFD, so that what is printed always is.
    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = Source.valid(bytes)
        skippedLines = 0
        skippedColumns = 0
    }

    /// A file's text without the white space around it; places are still those in the file.
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

    /// The text of a range that starts and ends between two characters, as every token does.
    func text(_ range: Range<Int>) -> String {
        String(certain: bytes.span.extracting(range))
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
