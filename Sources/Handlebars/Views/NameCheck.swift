import JSON

/// The helpers and partials of an engine, for checking the names in templates.
struct KnownNames: Sendable {
    /// The names of all helpers; `nil` when a hook handles unknown names.
    private let helpers: Set<String>?
    var partials: Set<ExactText>

    init(_ configuration: ViewEngine.Configuration) {
        let registry = configuration.allHelpers
        helpers =
            registry.missing == nil
            ? Set(registry.names).union(BuiltIn.names).union(configuration.options.knownHelpers) : nil
        partials = Set(configuration.knownPartials.map { ExactText($0) })
    }

    /// The call of an unknown name.
    typealias Unknown = (position: Int, error: TemplateError)

    func unknownHelpers(in use: NameReferences) -> [Unknown] {
        guard let helpers else { return [] }
        return use.helpers.filter { !helpers.contains($0.name) }.map { call in
            let hint = Suggestion.hint(forHelper: call.name, lacksSpace: call.lacksSpace, among: helpers.sorted())
            return (
                call.position,
                use.source.error(.missingHelper, "Missing helper: \"\(call.name)\"", hint: hint, at: call.position)
            )
        }
    }

    func unknownPartials(in use: NameReferences) -> [Unknown] {
        use.partials.filter { !partials.contains($0.name) }.map { call in
            let hint = Suggestion.hint(for: call.name, among: partials.sorted().map(\.text))
            return (
                call.position,
                use.source.error(
                    .missingPartial, "The partial \(call.name) could not be found", hint: hint, at: call.position)
            )
        }
    }
}

/// The names that a template calls and defines.
struct NameReferences {
    let source: Source
    /// The calls that can only call a helper.
    private(set) var helpers: [(name: String, lacksSpace: Bool, position: Int)] = []
    /// The calls of partials by a fixed name and without a block that replaces a missing partial.
    private(set) var partials: [(name: String, position: Int)] = []
    /// The calls of partials by a fixed name outside of every block, which are made whatever the data are.
    private(set) var certainPartials: [(name: String, position: Int)] = []
    /// The names of the inline partials that the template defines.
    private(set) var inlines: Set<ExactText> = []
    /// Whether the template defines an inline partial with a computed name.
    private(set) var hasDynamicInline = false
    /// The parameters of the enclosing blocks.
    private var parameters: [[String]] = []

    init(in source: Source, options: TemplateOptions) throws(TemplateError) {
        self.source = source
        visit(try Parser.parse(source, options: options))
    }

    private mutating func visit(_ program: ProgramSyntax?) {
        guard let program else { return }
        parameters.append(program.blockParameters)
        for statement in program.body { visit(statement) }
        parameters.removeLast()
    }

    private mutating func visit(_ statement: StatementSyntax) {
        switch statement {
        case .content, .comment: break
        case .mustache(let mustache): visit(mustache.call, isCertain: false)
        case .partial(let partial): visit(partial: partial.call, hasBlock: false)
        case .block(let block): visit(block)
        }
    }

    private mutating func visit(_ block: BlockSyntax) {
        switch block.kind {
        case .block, .raw: visit(block.call, isCertain: false)
        case .partial: visit(partial: block.call, hasBlock: true)
        case .decorator: visit(inline: block.call)
        }
        visit(block.program)
        visit(block.inverse)
    }

    private mutating func visit(inline call: CallSyntax) {
        visitArguments(of: call)
        guard call.callee.original == "inline" else { return }
        switch call.arguments.first {
        case .string(let name, _): inlines.insert(ExactText(name))
        case .number, .bool: inlines.insert(ExactText(call.arguments[0].original))
        default: hasDynamicInline = true
        }
    }

    private mutating func visit(partial call: CallSyntax, hasBlock: Bool) {
        if case .call(let name) = call.callee {
            visit(name, isCertain: true)
        } else if call.callee.original != "@partial-block" {
            if !hasBlock { partials.append((call.callee.original, call.position)) }
            // The template itself is the only program around the call.
            if parameters.count == 1 { certainPartials.append((call.callee.original, call.position)) }
        }
        visitArguments(of: call)
    }

    /// - Parameter isCertain: whether the name is a call even without arguments.
    private mutating func visit(_ call: CallSyntax, isCertain: Bool) {
        let path = call.callee.calleePath
        let isCall = isCertain || !call.arguments.isEmpty || !call.hash.isEmpty
        // A longer path or a block parameter calls a function in the data.
        if isCall, !path.isData, let name = path.single?.text, !parameters.contains(where: { $0.contains(name) }) {
            helpers.append((name, call.lacksSpace, call.position))
        }
        visitArguments(of: call)
    }

    private mutating func visitArguments(of call: CallSyntax) {
        for argument in call.arguments + call.hash.map(\.value) {
            if case .call(let call) = argument { visit(call, isCertain: true) }
        }
    }
}
