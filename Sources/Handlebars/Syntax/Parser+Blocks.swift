extension Parser {
    /// `{{else}}` or `{{else if …}}` with the statements that follow.
    private struct Alternative {
        let strip: Strip
        let program: ProgramSyntax
    }

    mutating func block() throws(TemplateError) -> BlockSyntax {
        try enter(at: token.start)
        defer { leave() }
        let open = advance()
        let isDecorator = source.bytes[open.end - 1] == UInt8(ascii: "*")
        let (block, parameters) = try openedBlock(open, isDecorator ? .decorator : .block)
        let program = try program()
        program.blockParameters = parameters
        let isInverted = open.kind == .openInverse
        let alternative = try isInverted ? plainAlternative() : self.alternative()
        block.closeStrip = try closeBlock(block, openedAt: open)
        if isDecorator, alternative != nil {
            throw source.error(
                .syntax, "Unexpected inverse block on decorator", hint: "remove the {{else}}", at: open.start)
        }
        attach(alternative, to: block)
        (block.program, block.inverse) =
            isInverted ? (alternative?.program, program) : (program, alternative?.program)
        return block
    }

    mutating func partialBlock() throws(TemplateError) -> BlockSyntax {
        try enter(at: token.start)
        defer { leave() }
        let open = advance()
        let call = try partialCall(from: open)
        if case .call = call.callee {
            // In handlebars.js no closing tag matches such a block.
            throw source.error(
                .syntax, "a partial with a computed name cannot have a block", hint: "call it with {{> (name)}}",
                at: call.callee.position)
        }
        let block = BlockSyntax(.partial, call)
        block.openStrip = strip(open, try expect(.close, in: "a partial block"))
        block.program = try program()
        block.closeStrip = try closeBlock(block, openedAt: open)
        return block
    }

    mutating func rawBlock() throws(TemplateError) -> BlockSyntax {
        let open = advance()
        let block = BlockSyntax(.raw, try call(from: open, in: "a raw block"))
        _ = try expect(.closeRawBlock, in: "a raw block")
        let program = ProgramSyntax()
        while token.kind == .content { program.body.append(.content(ContentSyntax(advance().range))) }
        guard token.kind == .endRawBlock else {
            throw source.error(
                .syntax, "raw block \"\(block.call.callee.original)\" is never closed",
                hint: "close it with {{{{/\(block.call.callee.original)}}}}", at: open.start)
        }
        let close = advance()
        let name = source.text((close.start + 5)..<(close.end - 4))
        guard name == block.call.callee.original else { throw mismatch(block, name, at: close) }
        block.program = program
        return block
    }

    private mutating func openedBlock(
        _ open: Token, _ kind: BlockSyntax.Kind
    ) throws(TemplateError) -> (BlockSyntax, [String]) {
        let block = BlockSyntax(kind, try call(from: open, in: "a block"))
        let parameters = try blockParameters()
        block.openStrip = strip(open, try expect(.close, in: "a block"))
        return (block, parameters)
    }

    private mutating func blockParameters() throws(TemplateError) -> [String] {
        guard token.kind == .openBlockParameters else { return [] }
        advance()
        var names: [String] = []
        repeat {
            guard token.kind == .identifier || token.kind == .bracketed else {
                throw unexpected("the name of a block parameter", hint: "write block parameters as |item index|")
            }
            names.append(name(advance()))
        } while token.kind != .closeBlockParameters
        advance()
        return names
    }

    // MARK: Else

    private mutating func alternative() throws(TemplateError) -> Alternative? {
        token.kind == .openInverseChain ? try chainedAlternative() : try plainAlternative()
    }

    private mutating func plainAlternative() throws(TemplateError) -> Alternative? {
        guard token.kind == .inverse else { return nil }
        let tag = advance()
        return Alternative(strip: strip(tag, tag), program: try program())
    }

    /// `{{else if …}}` is a block inside the alternative that ends where the outer block ends.
    private mutating func chainedAlternative() throws(TemplateError) -> Alternative {
        try enter(at: token.start)
        defer { leave() }
        let open = advance()
        let (block, parameters) = try openedBlock(open, .block)
        let program = try program()
        program.blockParameters = parameters
        let next = try alternative()
        block.closeStrip = next?.strip ?? Strip()
        attach(next, to: block)
        (block.program, block.inverse) = (program, next?.program)
        let chain = ProgramSyntax()
        chain.body = [.block(block)]
        chain.isChained = true
        return Alternative(strip: block.openStrip, program: chain)
    }

    private func attach(_ alternative: Alternative?, to block: BlockSyntax) {
        guard let alternative else { return }
        block.inverseStrip = alternative.strip
        if alternative.program.isChained, case .block(let chained) = alternative.program.body[0] {
            chained.closeStrip = block.closeStrip
        }
    }

    // MARK: Closing tags

    private mutating func closeBlock(_ block: BlockSyntax, openedAt open: Token) throws(TemplateError) -> Strip {
        guard token.kind == .openEndBlock else {
            let name = block.call.callee.original
            if token.kind == .end {
                throw source.error(
                    .syntax, "block \"\(name)\" is never closed", hint: "close it with {{/\(name)}}", at: open.start)
            }
            if token.kind == .inverse || token.kind == .openInverseChain {
                throw source.error(
                    .syntax, "unexpected {{else}} in block \"\(name)\"",
                    hint: "a block has at most one plain {{else}}, after all other branches",
                    at: token.start)
            }
            throw unexpected("{{/\(name)}}")
        }
        let tag = advance()
        let readsData = readsData
        let name = try calleeName(in: "a closing tag")
        self.readsData = readsData
        let close = try expect(.close, in: "a closing tag")
        guard name.original == block.call.callee.original else { throw mismatch(block, name.original, at: tag) }
        return strip(tag, close)
    }

    private func mismatch(_ block: BlockSyntax, _ close: String, at tag: Token) -> TemplateError {
        let open = block.call.callee.original
        let location = source.location(of: tag.start)
        let written = block.kind == .raw ? "{{{{/\(close)}}}}" : "{{/\(close)}}"
        return source.error(
            .syntax, "\(open) doesn't match \(close)",
            hint: "close \"\(open)\" before \(written) in line \(location.line)",
            at: block.call.callee.position)
    }

    mutating func strayClosing() throws(TemplateError) -> TemplateError {
        let tag = advance()
        let name = try calleeName(in: "a closing tag")
        return source.error(
            .syntax, "{{/\(name.original)}} closes no block",
            hint: "open it with {{#\(name.original)}}, or remove this tag", at: tag.start)
    }
}
