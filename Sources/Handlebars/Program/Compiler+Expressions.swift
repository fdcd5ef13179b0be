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

    /// A call, unless the name is a block parameter: that is a value, whatever its arguments.
    private func subexpression(_ call: CallSyntax) throws(TemplateError) -> any Expression {
        let path = call.callee.calleePath
        guard kind(of: path, call, isSubexpression: true) == .field else { return try self.call(call) }
        return ProducedExpression(self.path(path, isArgument: false), name: path.original, position: call.position)
    }

    /// A path; as an argument its last field may be missing even in strict mode.
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

    /// A call which is certainly one.
    func call(_ syntax: CallSyntax) throws(TemplateError) -> CallExpression {
        let path = syntax.callee.calleePath
        let known = path.first.flatMap { isKnown($0) ? $0 : nil }
        if known == nil, options.knownHelpersOnly {
            throw source.error(
                .missingHelper, "You specified knownHelpersOnly, but used the unknown helper \(path.original)",
                hint: Suggestion.hint(
                    forHelper: path.original, isRunTogether: syntax.isRunTogether,
                    among: Array(options.knownHelpers) + BuiltIn.names),
                at: syntax.position)
        }
        var arguments: [any Expression] = []
        for argument in syntax.arguments { arguments.append(try expression(argument)) }
        return CallExpression(
            name: known?.text ?? path.original, helperKey: known ?? path.single,
            path: known == nil ? self.path(path, isArgument: false) : nil,
            arguments: arguments, hash: try hash(syntax), isStrict: options.strict,
            isRunTogether: syntax.isRunTogether, position: syntax.position)
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
