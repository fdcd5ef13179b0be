import JSON

/// Compiles a syntax tree to a program, and resolves names as far as possible without data.
struct Compiler {
    let source: Source
    let options: TemplateOptions
    /// The parameters of the enclosing blocks that declare some, innermost last.
    private var blockParameters: [[String: Int]] = []
    /// The number of enclosing blocks.
    private(set) var nesting = 0
    /// The deepest `nesting` in the block that is being compiled.
    private var deepest = 0

    /// The program, and whether it uses data variables.
    static func compile(
        _ source: Source, options: TemplateOptions
    ) throws(TemplateError) -> (program: Program, usesData: Bool) {
        let syntax = try Parser.parse(source, options: options)
        var compiler = Compiler(source, options)
        let program = try compiler.program(syntax)
        let usesData = options.data || syntax.readsData
        guard let setupFailure = program.setupFailure else { return (program, usesData) }
        return (Program([setupFailure], inlines: [], blockParameterCount: 0, nesting: program.nesting), usesData)
    }

    private init(_ source: Source, _ options: TemplateOptions) {
        self.source = source
        self.options = options
    }

    mutating func program(_ syntax: ProgramSyntax) throws(TemplateError) -> Program {
        if !syntax.blockParameters.isEmpty {
            let places = syntax.blockParameters.enumerated().map { ($0.element, $0.offset) }
            blockParameters.append(Dictionary(places) { first, _ in first })
        }
        let outer = deepest
        nesting += 1
        deepest = nesting
        defer {
            nesting -= 1
            deepest = max(deepest, outer)
            if !syntax.blockParameters.isEmpty { blockParameters.removeLast() }
        }
        let (statements, inlines, setupFailure) = try body(syntax.body)
        return Program(
            statements, inlines: inlines, blockParameterCount: syntax.blockParameters.count, nesting: nesting,
            height: deepest - nesting, setupFailure: setupFailure)
    }

    /// The statements of a program, the partials that its body defines, and the first failure of a decorator.
    private mutating func body(
        _ body: [StatementSyntax]
    ) throws(TemplateError) -> ([any Statement], [InlineDefinition], FailingStatement?) {
        var statements: [any Statement] = []
        statements.reserveCapacity(body.count)
        var inlines: [InlineDefinition] = []
        var setupFailure: FailingStatement?
        for statement in body {
            if case .content(let content) = statement {
                if !content.value.isEmpty { statements.append(TextStatement(source.bytes, content.value)) }
            } else if case .block(let block) = statement, block.kind == .decorator,
                block.call.callee.original == "inline"
            {
                inlines.append(try inline(block))
            } else if let call = unknownDecorator(statement) {
                setupFailure =
                    setupFailure
                    ?? FailingStatement(
                        .syntax, "unknown decorator \"\(call.callee.original)\"",
                        hint: "the only decorator is {{#*inline \"name\"}}…{{/inline}}", at: call.position)
            } else if let compiled = try self.statement(statement) {
                statements.append(compiled)
            }
        }
        return (statements, inlines, setupFailure ?? inlines.lazy.compactMap(\.program.setupFailure).first)
    }

    private mutating func statement(_ statement: StatementSyntax) throws(TemplateError) -> (any Statement)? {
        switch statement {
        case .content, .comment: nil
        case .mustache(let mustache): try self.mustache(mustache)
        case .block(let block) where block.kind == .partial: try partialBlock(block)
        case .block(let block): try self.block(block)
        case .partial(let partial):
            try self.partial(partial.call, block: nil, indent: partial.indent)
        }
    }

    /// The call of a decorator other than `inline`.
    private func unknownDecorator(_ statement: StatementSyntax) -> CallSyntax? {
        switch statement {
        case .mustache(let mustache) where mustache.isDecorator: mustache.call
        case .block(let block) where block.kind == .decorator: block.call
        default: nil
        }
    }

    /// A statement that first sets up the programs of a block, which runs their decorators.
    func settingUp(_ programs: Program?..., by statement: any Statement) -> any Statement {
        guard let setupFailure = programs.lazy.compactMap({ $0?.setupFailure }).first else { return statement }
        return SequenceStatement([setupFailure, statement])
    }

    private mutating func inline(_ block: BlockSyntax) throws(TemplateError) -> InlineDefinition {
        // Without a name the partial is called "undefined", like every missing value.
        let name = try block.call.arguments.first.map(expression) ?? LiteralExpression(.undefined)
        return InlineDefinition(name: name, program: try program(block.program ?? ProgramSyntax()))
    }

    // MARK: Names

    enum NameKind { case helper, ambiguous, field }

    /// The kinds of things that a name with its arguments can refer to (handlebars.js, classifySexpr).
    func kind(of path: PathSyntax, _ call: CallSyntax, isSubexpression: Bool = false) -> NameKind {
        let name = path.single
        let isBlockParameter = !path.isData && name.flatMap { blockParameter(named: $0) } != nil
        if !isBlockParameter, isSubexpression || !call.arguments.isEmpty || !call.hash.isEmpty { return .helper }
        guard !isBlockParameter, let name else { return .field }
        if isKnown(name) { return .helper }
        return options.knownHelpersOnly ? .field : .ambiguous
    }

    func isKnown(_ name: FieldName) -> Bool { BuiltIn.isKnown(name) || options.knownHelpers.contains(name.text) }

    func blockParameter(named name: FieldName) -> (depth: Int, index: Int)? {
        guard !blockParameters.isEmpty else { return nil }
        for (depth, names) in blockParameters.reversed().enumerated() {
            if let index = names[name.text] { return (depth, index) }
        }
        return nil
    }
}

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
        // The tag of the block is outside of its body, where the block parameters are not visible.
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

    /// The faster statement for the usual form of a built-in block.
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
                hint: "a partial takes one context; pass other values as name=value", at: call.position)
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
        if case .call = callee { return .computed(try expression(callee)) }
        return callee.original == "@partial-block" ? .block : .fixed(callee.original)
    }
}

/// A sequence of statements.
final class SequenceStatement: Statement {
    private let statements: [any Statement]

    init(_ statements: [any Statement]) { self.statements = statements }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        for statement in statements { try statement.render(scope, to: &output) }
    }
}

extension Compiler {
    func expression(_ syntax: ExpressionSyntax) throws(TemplateError) -> any Expression {
        switch syntax {
        case .path(let path): self.path(path, isArgument: true)
        case .string(let text, _): LiteralExpression(.string(text))
        case .number(let number, _): LiteralExpression(.number(number))
        case .bool(let bool, _): LiteralExpression(.bool(bool))
        case .undefined: LiteralExpression(.undefined)
        case .null: LiteralExpression(.null)
        case .call(let call): try subexpression(call)
        }
    }

    /// A call, unless the name is a block parameter, which is a value even with arguments.
    private func subexpression(_ call: CallSyntax) throws(TemplateError) -> any Expression {
        let path = call.callee.calleePath
        guard kind(of: path, call, isSubexpression: true) == .field else { return try self.call(call) }
        return ResolvedExpression(self.path(path, isArgument: false), name: path.original, position: call.position)
    }

    /// A path. The last field of a path that is an argument may be missing even in strict mode.
    func path(_ path: PathSyntax, isArgument: Bool) -> any Expression {
        let strictness: Strictness =
            options.strict ? (isArgument ? .parents : .all) : (options.assumeObjects ? .parents : .lenient)
        let rule = PathRule(strictness: strictness, original: path.original, position: path.position)
        // An empty first name, {{[]}}, means the context itself.
        if let first = path.first, first.text.isEmpty {
            return PathExpression(depth: path.depth, first: nil, rest: [], rule: rule)
        }
        if path.isData {
            guard let name = path.first else { return LiteralExpression(.undefined) }
            return DataExpression(depth: path.depth, name: DataName(name), keys: path.rest, rule: rule)
        }
        if path.depth == 0, !path.isScoped, let name = path.first {
            if let (depth, index) = blockParameter(named: name) {
                return BlockParameterExpression(
                    depth: depth, index: index, name: name.text, keys: path.rest, rule: rule)
            }
            if options.compat {
                return CompatPathExpression(first: name, rest: path.rest, rule: rule)
            }
        }
        return PathExpression(depth: path.depth, first: path.first, rest: path.rest, rule: rule)
    }

    /// An expression that is always a call.
    func call(_ syntax: CallSyntax) throws(TemplateError) -> CallExpression {
        let path = syntax.callee.calleePath
        let known = path.first.flatMap { isKnown($0) ? $0 : nil }
        if known == nil, options.knownHelpersOnly {
            throw source.error(
                .missingHelper, "You specified knownHelpersOnly, but used the unknown helper \(path.original)",
                hint: Suggestion.hint(
                    forHelper: path.original, lacksSpace: syntax.lacksSpace,
                    among: Array(options.knownHelpers) + BuiltIn.names),
                at: syntax.position)
        }
        var arguments: [any Expression] = []
        for argument in syntax.arguments { arguments.append(try expression(argument)) }
        return CallExpression(
            name: known?.text ?? path.original, helperKey: known ?? path.single,
            path: known == nil ? self.path(path, isArgument: false) : nil,
            arguments: arguments, hash: try hash(syntax), isStrict: options.strict,
            lacksSpace: syntax.lacksSpace, position: syntax.position)
    }

    func hash(_ syntax: CallSyntax) throws(TemplateError) -> HashArguments {
        var pairs: [(key: FieldName, value: any Expression)] = []
        for pair in syntax.hash { pairs.append((pair.key, try expression(pair.value))) }
        return HashArguments(pairs)
    }

    func ambiguousName(_ path: PathSyntax, at position: Int) -> AmbiguousName {
        AmbiguousName(
            key: path.first ?? FieldName(path.original), original: path.original,
            field: self.path(path, isArgument: false),
            isStrict: options.strict,
            isPlainField: path.single?.text.isEmpty == false && !path.isData && !options.compat, position: position)
    }
}
