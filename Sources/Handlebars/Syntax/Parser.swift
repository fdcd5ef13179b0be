/// Parses the tokens of a template by the grammar of handlebars.js 4.7.
///
/// A recursive descent parser; one limit bounds the nesting of blocks and subexpressions together.
struct Parser {
    let source: Source
    let maximumNesting: Int
    private var lexer: Lexer
    private(set) var token: Token
    private(set) var following: Token
    private var nesting = 0
    var readsData = false

    static func parse(_ source: Source, options: TemplateOptions) throws(TemplateError) -> ProgramSyntax {
        guard source.bytes.count <= options.maximumSourceBytes else {
            throw TemplateError(
                .limit,
                "template \"\(source.name)\" has \(source.bytes.count) bytes; the limit is \(options.maximumSourceBytes)",
                hint: "raise maximumSourceBytes")
        }
        var parser = Parser(source, maximumNesting: options.maximumNesting)
        let program = try parser.program()
        guard parser.token.kind == .end else {
            switch parser.token.kind {
            case .openEndBlock: throw try parser.strayClosing()
            case .inverse, .openInverseChain:
                throw source.error(
                    .syntax, "{{else}} outside of a block", hint: "write {{else}} between {{#if …}} and {{/if}}",
                    at: parser.token.start)
            default: throw parser.unexpected("text or a tag")
            }
        }
        program.readsData = parser.readsData
        WhitespaceControl(source.bytes, ignoringStandalone: options.ignoreStandalone).applyToRoot(program)
        return program
    }

    private init(_ source: Source, maximumNesting: Int) {
        self.source = source
        self.maximumNesting = maximumNesting
        lexer = Lexer(source.bytes)
        token = lexer.next()
        following = lexer.next()
    }

    // MARK: Tokens

    @discardableResult
    mutating func advance() -> Token {
        let current = token
        token = following
        if token.kind != .end, token.kind != .invalid { following = lexer.next() }
        return current
    }

    mutating func expect(_ kind: Token.Kind, in construct: String) throws(TemplateError) -> Token {
        guard token.kind == kind else {
            throw unexpected("\(kind.description) in \(construct)", hint: hint(expecting: kind))
        }
        return advance()
    }

    /// The text of a token.
    func text(_ token: Token) -> String { source.text(token.range) }

    /// Counts a level of blocks and subexpressions; `leave()` ends it.
    mutating func enter(at position: Int) throws(TemplateError) {
        guard nesting < maximumNesting else {
            throw source.error(
                .limit, "blocks and subexpressions are nested more than \(maximumNesting) deep",
                hint: "move a part of the template into a partial", at: position)
        }
        nesting += 1
    }

    mutating func leave() { nesting -= 1 }

    // MARK: Statements

    /// The statements up to a token that cannot start one.
    mutating func program() throws(TemplateError) -> ProgramSyntax {
        let program = ProgramSyntax()
        var body: [StatementSyntax] = []
        // Enough for most blocks, so that their arrays do not grow.
        body.reserveCapacity(8)
        while let statement = try statement() { body.append(statement) }
        program.body = body
        return program
    }

    private mutating func statement() throws(TemplateError) -> StatementSyntax? {
        switch token.kind {
        case .content: return .content(ContentSyntax(advance().range))
        case .comment:
            let comment = advance()
            return .comment(strip(comment, comment))
        case .open, .openUnescaped: return .mustache(try mustache())
        case .openBlock, .openInverse: return .block(try block())
        case .openPartialBlock: return .block(try partialBlock())
        case .openRawBlock: return .block(try rawBlock())
        case .openPartial: return .partial(try partial())
        default: return nil
        }
    }

    private mutating func mustache() throws(TemplateError) -> MustacheSyntax {
        let open = advance()
        let mark = open.end - 1
        let call = try call(from: open, in: "a tag")
        let isTriple = open.kind == .openUnescaped
        let close =
            try isTriple
            ? expect(.closeUnescaped, in: "a tag opened with \"{{{\"") : expect(.close, in: "a tag opened with \"{{\"")
        return MustacheSyntax(
            call: call,
            isEscaped: !isTriple && source.bytes[mark] != UInt8(ascii: "&"),
            isDecorator: source.bytes[mark] == UInt8(ascii: "*"),
            strip: strip(open, close))
    }

    private mutating func partial() throws(TemplateError) -> PartialSyntax {
        let open = advance()
        let call = try partialCall(from: open)
        return PartialSyntax(call, strip(open, try expect(.close, in: "a partial call")))
    }

    /// Whether a `~` follows the opening braces and precedes the closing ones.
    func strip(_ open: Token, _ close: Token) -> Strip {
        Strip(
            open: open.start + 2 < open.end && source.bytes[open.start + 2] == UInt8(ascii: "~"),
            close: close.end - 3 >= close.start && source.bytes[close.end - 3] == UInt8(ascii: "~"))
    }
}
