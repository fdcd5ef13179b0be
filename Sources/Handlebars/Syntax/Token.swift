/// A piece of a template's text.
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
    /// The first byte of the token, marks and all.
    let start: Int
    let end: Int

    var range: Range<Int> { start..<end }
}

extension Token.Kind {
    /// How an error names it.
    var description: String {
        switch self {
        case .content: "text"
        case .comment: "a comment"
        case .end: "the end of the template"
        case .invalid: "a character that has no place here"
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
