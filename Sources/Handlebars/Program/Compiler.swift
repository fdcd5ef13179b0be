/// Makes a program of a syntax tree: names are resolved as far as they can be before there is data.
struct Compiler {
    let source: Source
    let options: TemplateOptions
    /// The parameters of the blocks around, innermost last; only blocks that declare some.
    private var blockParameters: [[String: Int]] = []
    /// How many blocks are around.
    private(set) var nesting = 0
    /// The deepest `nesting` in the block that is being compiled.
    private var deepest = 0

    /// The program, and whether there are data variables in it.
    static func compile(
        _ source: Source, options: TemplateOptions
    ) throws(TemplateError) -> (program: Program, usesData: Bool) {
        let syntax = try Parser.parse(source, options: options)
        var compiler = Compiler(source, options)
        let program = try compiler.program(syntax)
        let usesData = options.data || syntax.readsData
        guard let refusal = program.refusal else { return (program, usesData) }
        return (Program([refusal], inlines: [], blockParameterCount: 0, nesting: program.nesting), usesData)
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
        var statements: [any Statement] = []
        statements.reserveCapacity(syntax.body.count)
        var inlines: [InlineDefinition] = []
        var refusal: FailingStatement?
        for statement in syntax.body {
            if case .content(let content) = statement {
                if !content.value.isEmpty { statements.append(TextStatement(source.bytes, content.value)) }
            } else if case .block(let block) = statement, block.kind == .decorator,
                block.call.callee.original == "inline"
            {
                inlines.append(try inline(block))
            } else if let call = unknownDecorator(statement) {
                refusal =
                    refusal
                    ?? FailingStatement(
                        .syntax, "unknown decorator \"\(call.callee.original)\"",
                        hint: "there is only {{#*inline \"name\"}}…{{/inline}}", at: call.position)
            } else if let compiled = try self.statement(statement) {
                statements.append(compiled)
            }
        }
        refusal = refusal ?? inlines.lazy.compactMap(\.program.refusal).first
        return Program(
            statements, inlines: inlines, blockParameterCount: syntax.blockParameters.count, nesting: nesting,
            height: deepest - nesting, refusal: refusal)
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

    /// A statement which sets these programs up, and so runs their decorators, before it does anything else.
    func settingUp(_ programs: Program?..., by statement: any Statement) -> any Statement {
        guard let refusal = programs.lazy.compactMap({ $0?.refusal }).first else { return statement }
        return SequenceStatement([refusal, statement])
    }

    private mutating func inline(_ block: BlockSyntax) throws(TemplateError) -> InlineDefinition {
        // Without a name it is called "undefined", as whatever is not there.
        let name = try block.call.arguments.first.map(expression) ?? LiteralExpression(.undefined)
        return InlineDefinition(name: name, program: try program(block.program ?? ProgramSyntax()))
    }

    // MARK: Names

    enum NameKind { case helper, ambiguous, field }

    /// What a name with its arguments can be (handlebars.js, classifySexpr).
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
