/// Splits a template into tokens by the rules of the lexer of handlebars.js 4.7.
///
/// At invalid text the lexer returns the same invalid token again and again; the parser reports it.
struct Lexer {
    private enum Mode {
        case text
        /// After `\{{`: the braces and the text up to the next tag are content.
        case escaped
        case mustache
        case comment
        /// Inside `depth` raw blocks.
        case raw(depth: Int)
    }

    let bytes: [UInt8]
    var position = 0
    private var mode = Mode.text

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() -> Token {
        while true {
            let token: Token? =
                switch mode {
                case .text: text()
                case .escaped: escapedText()
                case .mustache: mustache()
                case .comment: comment()
                case .raw(let depth): raw(depth: depth)
                }
            if let token { return token }
        }
    }

    func byte(_ offset: Int) -> UInt8 {
        offset < bytes.count ? bytes[offset] : 0
    }

    @inline(__always)
    func starts(with text: StaticString, at offset: Int) -> Bool {
        guard offset + text.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<text.utf8CodeUnitCount where bytes[offset + index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    /// The offset of the first occurrence of `text` at or after an offset.
    func find(_ text: StaticString, from offset: Int) -> Int? {
        var index = offset
        let first = text.utf8Start[0]
        while index + text.utf8CodeUnitCount <= bytes.count {
            if bytes[index] == first, starts(with: text, at: index) { return index }
            index += 1
        }
        return nil
    }

    mutating func take(_ kind: Token.Kind, _ length: Int) -> Token {
        defer { position += length }
        return Token(kind: kind, start: position, end: position + length)
    }

    /// A token that ends a tag.
    mutating func takeClosing(_ kind: Token.Kind, _ length: Int) -> Token {
        mode = .text
        return take(kind, length)
    }

    mutating func takeRawOpening() -> Token {
        mode = .raw(depth: 1)
        return take(.closeRawBlock, 4)
    }

    mutating func enterComment() {
        mode = .comment
    }
}

extension Lexer {
    private mutating func text() -> Token? {
        guard position < bytes.count else { return take(.end, 0) }
        guard let tag = find("{{", from: position) else { return take(.content, bytes.count - position) }
        let start = position
        var end = tag
        mode = .mustache
        if tag > start, bytes[tag - 1] == UInt8(ascii: "\\") {
            end -= 1
            if tag - 2 < start || bytes[tag - 2] != UInt8(ascii: "\\") { mode = .escaped }
        }
        position = tag
        return end > start ? Token(kind: .content, start: start, end: end) : nil
    }

    private mutating func escapedText() -> Token? {
        mode = .text
        var end = position + 2
        while end < bytes.count {
            if starts(with: "{{", at: end) || starts(with: "\\{{", at: end) || starts(with: "\\\\{{", at: end) { break }
            end += 1
        }
        return take(.content, min(end, bytes.count) - position)
    }

    /// `{{!-- … --}}`; the opening dashes may also be the closing ones, as in `{{!--}}`.
    private mutating func comment() -> Token? {
        var index = position
        while let dashes = find("--", from: index) {
            let close = byte(dashes + 2) == UInt8(ascii: "~") ? dashes + 3 : dashes + 2
            if starts(with: "}}", at: close) { return takeClosing(.comment, close + 2 - position) }
            index = dashes + 1
        }
        return take(.invalid, 0)
    }

    private mutating func raw(depth: Int) -> Token? {
        if starts(with: "{{{{", at: position), position + 4 < bytes.count, bytes[position + 4] != UInt8(ascii: "/") {
            mode = .raw(depth: depth + 1)
            return take(.content, 4)
        }
        if starts(with: "{{{{/", at: position) {
            let name = identifierLength(at: position + 5)
            if name > 0, starts(with: "}}}}", at: position + 5 + name) {
                mode = depth == 1 ? .text : .raw(depth: depth - 1)
                return take(depth == 1 ? .endRawBlock : .content, name + 9)
            }
        }
        guard position < bytes.count, let next = find("{{{{", from: position + 1) else { return take(.invalid, 0) }
        return take(.content, next - position)
    }
}

/// A token of a template.
struct Token {
    enum Kind: UInt8 {
        case content, comment, end, invalid
        case open, openUnescaped, close, closeUnescaped
        case openBlock, openInverse, openInverseChain, inverse, openEndBlock
        case openRawBlock, closeRawBlock, endRawBlock
        case openPartial, openPartialBlock
        case openSubexpression, closeSubexpression
        case openBlockParameters, closeBlockParameters
        case identifier, bracketed, separator, data, equals
        case string, number, boolean, undefined, null
    }

    let kind: Kind
    /// The offset of the first byte of the token, including its marks.
    let start: Int
    let end: Int

    var range: Range<Int> { start..<end }
}

extension Token.Kind {
    /// The name of the kind in errors.
    var description: String {
        switch self {
        case .content: "text"
        case .comment: "a comment"
        case .end: "the end of the template"
        case .invalid: "an unexpected character"
        case .open, .openUnescaped: "\"{{\""
        case .close: "\"}}\""
        case .closeUnescaped: "\"}}}\""
        case .openBlock: "\"{{#\""
        case .openInverse: "\"{{^\""
        case .openInverseChain, .inverse: "\"{{else\""
        case .openEndBlock: "\"{{/\""
        case .openRawBlock: "\"{{{{\""
        case .closeRawBlock: "\"}}}}\""
        case .endRawBlock: "the end of a raw block"
        case .openPartial: "\"{{>\""
        case .openPartialBlock: "\"{{#>\""
        case .openSubexpression: "\"(\""
        case .closeSubexpression: "\")\""
        case .openBlockParameters: "\"as |\""
        case .closeBlockParameters: "\"|\""
        case .identifier, .bracketed: "a name"
        case .separator: "a path separator"
        case .data: "\"@\""
        case .equals: "\"=\""
        case .string: "a string"
        case .number: "a number"
        case .boolean, .undefined, .null: "a literal"
        }
    }
}
