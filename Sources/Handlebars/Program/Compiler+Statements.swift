extension Compiler {
    func mustache(_ syntax: MustacheSyntax) throws(TemplateError) -> any Statement {
        let path = syntax.call.callee.calleePath
        let isEscaped = syntax.isEscaped && !options.noEscape
        switch kind(of: path, syntax.call) {
        case .helper: return CallStatement(try call(syntax.call), isEscaped: isEscaped)
        case .ambiguous:
            return NameStatement(ambiguousName(path, at: syntax.call.position), isEscaped: isEscaped)
        case .field:
            return FieldStatement(
                self.path(path, isArgument: false), isEscaped: isEscaped, name: path.original,
                position: syntax.call.position)
        }
    }

    mutating func block(_ syntax: BlockSyntax) throws(TemplateError) -> any Statement {
        let path = syntax.call.callee.calleePath
        let kind = kind(of: path, syntax.call)
        // The block's tag is outside of its body: its parameters are not in force yet.
        let call = kind == .helper ? try self.call(syntax.call) : nil
        let program = try body(syntax.program)
        let inverse = try body(syntax.inverse)
        guard let call else {
            let name = ambiguousName(path, at: syntax.call.position)
            let section = SectionStatement(name, isAmbiguous: kind == .ambiguous, program: program, inverse: inverse)
            return settingUp(program, inverse, by: section)
        }
        let block = specialised(BlockCallStatement(call, program: program, inverse: inverse))
        return settingUp(program, inverse, by: block)
    }

    private mutating func body(_ syntax: ProgramSyntax?) throws(TemplateError) -> Program? {
        guard let syntax else { return nil }
        return try program(syntax)
    }

    /// The built-in blocks as they are usually written.
    private func specialised(_ block: BlockCallStatement) -> any Statement {
        guard block.call.arguments.count == 1, block.call.path == nil, block.call.hash.isOnly("includeZero") else {
            return block
        }
        return switch block.call.name {
        case "if": ConditionStatement(block, isInverted: false)
        case "unless": ConditionStatement(block, isInverted: true)
        case "with": WithStatement(block)
        case "each": EachStatement(block)
        default: block
        }
    }

    mutating func partialBlock(_ syntax: BlockSyntax) throws(TemplateError) -> any Statement {
        let program = try body(syntax.program)
        return settingUp(program, by: try partial(syntax.call, block: program, indent: 0..<0))
    }

    func partial(_ call: CallSyntax, block: Program?, indent: Range<Int>) throws(TemplateError) -> any Statement {
        guard call.arguments.count <= 1 else {
            throw source.error(
                .syntax, "Unsupported number of partial arguments: \(call.arguments.count)",
                hint: "a partial has one context; give more as name=value", at: call.position)
        }
        var context: (any Expression)?
        if let argument = call.arguments.first {
            context = try expression(argument)
        } else if options.explicitPartialContext {
            context = LiteralExpression(.object(Object.empty))
        }
        let statement = PartialStatement(
            try partialName(call.callee), context: context, hash: try hash(call), block: block,
            indent: options.preventIndent || indent.isEmpty ? [] : Array(source.bytes[indent]), nesting: nesting,
            isCompat: options.compat, position: call.position)
        guard options.preventIndent, !indent.isEmpty else { return statement }
        return SequenceStatement([TextStatement(source.bytes, indent), statement])
    }

    private func partialName(_ callee: ExpressionSyntax) throws(TemplateError) -> PartialStatement.Name {
        if case .call = callee { return .worked(out: try expression(callee)) }
        return callee.original == "@partial-block" ? .block : .fixed(callee.original)
    }
}

/// Statements in the place of one.
final class SequenceStatement: Statement {
    private let statements: [any Statement]

    init(_ statements: [any Statement]) { self.statements = statements }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        for statement in statements { try statement.render(scope, to: &output) }
    }
}
