/// Removes white space beside `~` and the lines of tags that stand alone on them.
///
/// The rules and their order are those of handlebars.js 4.7 (whitespace-control.js): whether a tag stands alone is
/// always decided by the text as written.
struct WhitespaceControl {
    private let bytes: [UInt8]
    private let ignoresStandalone: Bool

    init(_ bytes: [UInt8], ignoringStandalone: Bool) {
        self.bytes = bytes
        ignoresStandalone = ignoringStandalone
    }

    /// The white space that a statement removes from its neighbours.
    private struct Request {
        var open = false
        var close = false
        var openStandalone = false
        var closeStandalone = false
        var inlineStandalone = false

        var mayBeAlone: Bool { openStandalone || closeStandalone || inlineStandalone }
    }

    func applyToRoot(_ program: ProgramSyntax) {
        apply(to: program, isRoot: true)
    }

    private func apply(to program: ProgramSyntax, isRoot: Bool) {
        for index in program.body.indices {
            guard let request = request(of: program.body[index]) else { continue }
            if request.close { stripAllRight(program, index + 1) }
            if request.open { stripAllLeft(program, index - 1) }
            guard request.mayBeAlone, !ignoresStandalone else { continue }
            let isAfterBreak = endsLine(program, before: index, isRoot: isRoot)
            let isBeforeBreak = startsLine(program, after: index, isRoot: isRoot)
            if request.inlineStandalone, isAfterBreak, isBeforeBreak {
                stripLineRight(program, index + 1)
                if stripLineLeft(program, index - 1), case .partial(let partial) = program.body[index] {
                    partial.indent = indent(program.body[index - 1])
                }
            }
            guard case .block(let block) = program.body[index] else { continue }
            if request.openStandalone, isAfterBreak {
                stripLineRight(block.program ?? block.inverse, 0)
                stripLineLeft(program, index - 1)
            }
            if request.closeStandalone, isBeforeBreak {
                stripLineRight(program, index + 1)
                stripLineLeft(block.inverse ?? block.program)
            }
        }
    }

    private func request(of statement: StatementSyntax) -> Request? {
        switch statement {
        case .content: nil
        case .mustache(let mustache) where !mustache.strip.open && !mustache.strip.close: nil
        case .mustache(let mustache): Request(open: mustache.strip.open, close: mustache.strip.close)
        case .comment(let strip): Request(open: strip.open, close: strip.close, inlineStandalone: true)
        case .partial(let partial):
            Request(open: partial.strip.open, close: partial.strip.close, inlineStandalone: true)
        case .block(let block): request(of: block)
        }
    }

    private func request(of block: BlockSyntax) -> Request {
        if let program = block.program { apply(to: program, isRoot: false) }
        if let inverse = block.inverse { apply(to: inverse, isRoot: false) }
        let body = block.program ?? block.inverse
        let inverse = block.program == nil ? nil : block.inverse
        let (first, last) = chainEnds(of: inverse)
        let request = Request(
            open: block.openStrip.open, close: block.closeStrip.close,
            openStandalone: startsLine(body, after: -1, isRoot: false), closeStandalone: endsLine(first ?? body))
        if block.openStrip.close { stripAllRight(body, 0) }
        if let first, let last {
            stripAroundElse(block.inverseStrip, body, first)
            if block.closeStrip.open { stripAllLeft(last) }
        } else if block.closeStrip.open {
            stripAllLeft(body)
        }
        return request
    }

    private func stripAroundElse(_ strip: Strip, _ body: ProgramSyntax?, _ inverse: ProgramSyntax) {
        if strip.open { stripAllLeft(body) }
        if strip.close { stripAllRight(inverse, 0) }
        guard !ignoresStandalone, endsLine(body), startsLine(inverse, after: -1, isRoot: false) else { return }
        stripLineLeft(body)
        stripLineRight(inverse, 0)
    }

    /// The first and the last body of a chain of `else if`; both are the alternative itself when there is no chain.
    private func chainEnds(of inverse: ProgramSyntax?) -> (ProgramSyntax?, ProgramSyntax?) {
        guard let inverse, inverse.isChained, case .block(let block)? = inverse.body.first else {
            return (inverse, inverse)
        }
        var last = inverse
        while last.isChained, case .block(let block)? = last.body.last, let next = block.program { last = next }
        return (block.program, last)
    }

    /// The spaces and tabs at the end of the text before a partial.
    private func indent(_ statement: StatementSyntax) -> Range<Int> {
        guard case .content(let content) = statement else { return 0..<0 }
        var start = content.original.upperBound
        while start > content.original.lowerBound, isBlank(bytes[start - 1]) { start -= 1 }
        return start..<content.original.upperBound
    }
}

extension WhitespaceControl {
    /// Whether only white space is between a statement and the line break before it. The start of the template counts
    /// as a line break.
    private func endsLine(_ program: ProgramSyntax, before index: Int, isRoot: Bool) -> Bool {
        guard index > 0 else { return isRoot }
        guard case .content(let content) = program.body[index - 1] else { return false }
        let range = content.original
        let text = JavaScriptWhitespace.trimmedEnd(bytes, range)..<range.upperBound
        if bytes[text].contains(UInt8(ascii: "\n")) { return true }
        return index == 1 && isRoot && text == range
    }

    /// Whether the last line of a block has only white space.
    private func endsLine(_ program: ProgramSyntax?) -> Bool {
        program.map { endsLine($0, before: $0.body.count, isRoot: false) } ?? false
    }

    private func startsLine(_ program: ProgramSyntax?, after index: Int, isRoot: Bool) -> Bool {
        guard let program, index + 1 < program.body.count else { return isRoot }
        guard case .content(let content) = program.body[index + 1] else { return false }
        let range = content.original
        let text = range.lowerBound..<JavaScriptWhitespace.trimmedStart(bytes, range)
        if bytes[text].contains(UInt8(ascii: "\n")) { return true }
        return index + 2 == program.body.count && isRoot && text == range
    }

    /// The text at an index of a block, as a copy that must be stored again after a change.
    private func content(_ program: ProgramSyntax, _ index: Int) -> ContentSyntax? {
        guard program.body.indices.contains(index), case .content(let content) = program.body[index] else { return nil }
        return content
    }

    private func stripAllRight(_ program: ProgramSyntax?, _ index: Int) {
        guard let program, var content = content(program, index) else { return }
        let start = JavaScriptWhitespace.trimmedStart(bytes, content.value)
        content.isRightStripped = start != content.value.lowerBound
        content.value = start..<content.value.upperBound
        program.body[index] = .content(content)
    }

    /// - Parameter index: the position in the body of the block; `nil` for the last one.
    private func stripAllLeft(_ program: ProgramSyntax?, _ index: Int? = nil) {
        guard let program else { return }
        let index = index ?? program.body.count - 1
        guard var content = content(program, index) else { return }
        let end = JavaScriptWhitespace.trimmedEnd(bytes, content.value)
        content.isLeftStripped = end != content.value.upperBound
        content.value = content.value.lowerBound..<end
        program.body[index] = .content(content)
    }

    /// Removes spaces and tabs up to and including one line break.
    private func stripLineRight(_ program: ProgramSyntax?, _ index: Int) {
        guard let program, var content = content(program, index), !content.isRightStripped else { return }
        let end = content.value.upperBound
        var start = content.value.lowerBound
        while start < end, isBlank(bytes[start]) { start += 1 }
        if start < end, bytes[start] == UInt8(ascii: "\r") { start += 1 }
        if start < end, bytes[start] == UInt8(ascii: "\n") { start += 1 }
        content.isRightStripped = start != content.value.lowerBound
        content.value = start..<end
        program.body[index] = .content(content)
    }

    /// Removes spaces and tabs back to the line break, which stays.
    ///
    /// - Parameter index: the position in the body of the block; `nil` for the last one.
    @discardableResult
    private func stripLineLeft(_ program: ProgramSyntax?, _ index: Int? = nil) -> Bool {
        guard let program else { return false }
        let index = index ?? program.body.count - 1
        guard var content = content(program, index), !content.isLeftStripped else { return false }
        var end = content.value.upperBound
        while end > content.value.lowerBound, isBlank(bytes[end - 1]) { end -= 1 }
        content.isLeftStripped = end != content.value.upperBound
        content.value = content.value.lowerBound..<end
        program.body[index] = .content(content)
        return content.isLeftStripped
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}

/// The characters that `\s` and `trim()` of JavaScript treat as white space, in UTF-8.
enum JavaScriptWhitespace {
    /// The length of the white space character that starts at `offset`; 0 for other characters.
    @inline(__always)
    static func length(in bytes: [UInt8], at offset: Int) -> Int {
        let byte = bytes[offset]
        if byte < 0x80 { return isASCII(byte) ? 1 : 0 }
        return longLength(bytes[offset...].prefix(3))
    }

    /// The length of the white space character that ends before `offset`; 0 for other characters.
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

    /// The range without the white space at both of its ends.
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
