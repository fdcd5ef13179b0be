extension Lexer {
    /// The next token inside a tag; `nil` after white space or a change of mode.
    mutating func mustache() -> Token? {
        guard position < bytes.count else { return take(.end, 0) }
        switch bytes[position] {
        case UInt8(ascii: "("): return take(.openSubexpression, 1)
        case UInt8(ascii: ")"): return take(.closeSubexpression, 1)
        case UInt8(ascii: "{") where starts(with: "{{", at: position): return opening()
        case UInt8(ascii: "}"), UInt8(ascii: "~"): return closing()
        case UInt8(ascii: "="): return take(.equals, 1)
        case UInt8(ascii: "."): return dots()
        case UInt8(ascii: "/"): return take(.separator, 1)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return quoted(by: bytes[position], as: .string)
        case UInt8(ascii: "["): return quoted(by: UInt8(ascii: "]"), as: .bracketed)
        case UInt8(ascii: "@"): return take(.data, 1)
        case UInt8(ascii: "|"): return take(.closeBlockParameters, 1)
        default: return word()
        }
    }

    /// `{{` with the marks that determine the kind of tag.
    private mutating func opening() -> Token? {
        if starts(with: "{{{{", at: position) { return take(.openRawBlock, 4) }
        let length = byte(position + 2) == UInt8(ascii: "~") ? 3 : 2
        let mark = byte(position + length)
        switch mark {
        case UInt8(ascii: ">"): return take(.openPartial, length + 1)
        case UInt8(ascii: "#"):
            switch byte(position + length + 1) {
            case UInt8(ascii: ">"): return take(.openPartialBlock, length + 2)
            case UInt8(ascii: "*"): return take(.openBlock, length + 2)
            default: return take(.openBlock, length + 1)
            }
        case UInt8(ascii: "/"): return take(.openEndBlock, length + 1)
        case UInt8(ascii: "^"):
            if let end = closingEnd(from: position + length + 1) { return takeClosing(.inverse, end - position) }
            return take(.openInverse, length + 1)
        case UInt8(ascii: "{"): return take(.openUnescaped, length + 1)
        case UInt8(ascii: "&"), UInt8(ascii: "*"): return take(.open, length + 1)
        case UInt8(ascii: "!"): return commentOpening(length)
        default: return elseOpening(length) ?? take(.open, length)
        }
    }

    private mutating func commentOpening(_ length: Int) -> Token? {
        if starts(with: "!--", at: position + length) {
            enterComment()
            return nil
        }
        guard let close = find("}}", from: position + length + 1) else { return take(.open, length) }
        return takeClosing(.comment, close + 2 - position)
    }

    private mutating func elseOpening(_ length: Int) -> Token? {
        let start = skipWhitespace(from: position + length)
        guard starts(with: "else", at: start) else { return nil }
        if let end = closingEnd(from: start + 4) { return takeClosing(.inverse, end - position) }
        return Self.isWord(byte(start + 4)) ? nil : take(.openInverseChain, start + 4 - position)
    }

    /// Whether `\w` of JavaScript matches a byte.
    static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a)
    }

    /// The end of `}}` when only white space and `~` are before it.
    private func closingEnd(from offset: Int) -> Int? {
        var index = skipWhitespace(from: offset)
        if byte(index) == UInt8(ascii: "~") { index += 1 }
        return starts(with: "}}", at: index) ? index + 2 : nil
    }

    private func skipWhitespace(from offset: Int) -> Int {
        JavaScriptWhitespace.trimmedStart(bytes, min(offset, bytes.count)..<bytes.count)
    }

    private mutating func closing() -> Token? {
        if starts(with: "}}}}", at: position) { return takeRawOpening() }
        if starts(with: "}}}", at: position) { return takeClosing(.closeUnescaped, 3) }
        if starts(with: "}~}}", at: position) { return takeClosing(.closeUnescaped, 4) }
        if starts(with: "}}", at: position) { return takeClosing(.close, 2) }
        if starts(with: "~}}", at: position) { return takeClosing(.close, 3) }
        return take(.invalid, 0)
    }

    private mutating func dots() -> Token? {
        if byte(position + 1) == UInt8(ascii: ".") { return take(.identifier, 2) }
        return take(endsIdentifier(position + 1) ? .identifier : .separator, 1)
    }

    /// A string or a bracketed name.
    ///
    /// A closing mark after a backslash is part of the text, unless no other closing mark follows.
    private mutating func quoted(by mark: UInt8, as kind: Token.Kind) -> Token? {
        var index = position + 1
        var lastEscaped: Int?
        while index < bytes.count {
            if bytes[index] == mark { return take(kind, index + 1 - position) }
            if bytes[index] == UInt8(ascii: "\\"), byte(index + 1) == mark {
                lastEscaped = index + 1
                index += 1
            }
            index += 1
        }
        guard let lastEscaped else { return take(.invalid, 0) }
        return take(kind, lastEscaped + 1 - position)
    }

    private mutating func word() -> Token? {
        let space = skipWhitespace(from: position) - position
        if space > 0 {
            position += space
            return nil
        }
        if let literal = literal() { return literal }
        if starts(with: "as", at: position) {
            let bar = skipWhitespace(from: position + 2)
            if bar > position + 2, byte(bar) == UInt8(ascii: "|") {
                return take(.openBlockParameters, bar + 1 - position)
            }
        }
        let length = identifierLength(at: position)
        guard length > 0, endsIdentifier(position + length) else { return take(.invalid, 0) }
        return take(.identifier, length)
    }

    private mutating func literal() -> Token? {
        let number = numberLength()
        if number > 0, endsLiteral(position + number) { return take(.number, number) }
        let text: StaticString
        let kind: Token.Kind
        switch bytes[position] {
        case UInt8(ascii: "t"): (text, kind) = ("true", .boolean)
        case UInt8(ascii: "f"): (text, kind) = ("false", .boolean)
        case UInt8(ascii: "u"): (text, kind) = ("undefined", .undefined)
        case UInt8(ascii: "n"): (text, kind) = ("null", .null)
        default: return nil
        }
        guard starts(with: text, at: position), endsLiteral(position + text.utf8CodeUnitCount) else { return nil }
        return take(kind, text.utf8CodeUnitCount)
    }

    private func numberLength() -> Int {
        var index = position
        if byte(index) == UInt8(ascii: "-") { index += 1 }
        let digits = digitsEnd(from: index)
        guard digits > index else { return 0 }
        if byte(digits) == UInt8(ascii: ".") {
            let fraction = digitsEnd(from: digits + 1)
            if fraction > digits + 1 { return fraction - position }
        }
        return digits - position
    }

    private func digitsEnd(from offset: Int) -> Int {
        var index = offset
        while byte(index) >= 0x30, byte(index) <= 0x39 { index += 1 }
        return index
    }
}

extension Lexer {
    /// The length of a name, which has any characters except white space and ``! " # % & ' ( ) * + , . / ; < = > @ [ \ ] ^ ` { | } ~``.
    func identifierLength(at offset: Int) -> Int {
        var index = offset
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x80 ? !Self.isIdentifier(byte) : JavaScriptWhitespace.length(in: bytes, at: index) > 0 { break }
            index += 1
        }
        return index - offset
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "$"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "?"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: byte < 0x20 && !JavaScriptWhitespace.isASCII(byte) || byte == 0x7f
        }
    }

    /// The end of the template counts as well, so that the error reports the missing end of the tag and not the name.
    private func endsIdentifier(_ offset: Int) -> Bool {
        guard offset < bytes.count else { return true }
        return switch bytes[offset] {
        case UInt8(ascii: "="), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "|"): true
        default: endsLiteral(offset)
        }
    }

    private func endsLiteral(_ offset: Int) -> Bool {
        guard offset < bytes.count else { return false }
        switch bytes[offset] {
        case UInt8(ascii: "~"), UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"): return true
        default: return JavaScriptWhitespace.length(in: bytes, at: offset) > 0
        }
    }
}
