/// The environment of an expression: the context with its parents, the data variables and the block parameters.
///
/// Passed by reference; a block that changes nothing passes on the scope that it got.
struct Scope {
    let activation: Activation
    var frame: ContextFrame
    /// The data variables; `nil` in a partial that was called without the option `data`.
    var data: DataFrame?
    var parameters: ParameterFrame?
    /// The depth in blocks and partials, which bounds the stack.
    var depth: Int
    /// The nesting, in the text of its template, of the block at which `depth` was set.
    let base: Int

    var context: Value { frame.value }

    /// The context that a helper gets.
    var helperContext: Value {
        let context = frame.value
        return context.isNullish ? .nullContext : context
    }

    /// The scope with another context, which is a new level of `..` unless it is the same context.
    func entering(_ context: Value) -> Scope {
        if context.isSame(as: frame.value) { return self }
        var scope = self
        scope.frame = ContextFrame(context, parent: frame)
        return scope
    }

    func error(_ code: TemplateError.Code, _ message: String, hint: String? = nil, at position: Int) -> TemplateError {
        activation.source.error(code, message, hint: hint, at: position)
    }

    /// The scope of a block or partial that starts here, `nesting` levels inside of this scope.
    func deepened(by nesting: Int, at position: Int) throws(TemplateError) -> Scope {
        let limit = activation.state.limits.depth
        guard depth + nesting + 1 <= limit else {
            throw error(
                .limit, "blocks and partials are nested more than \(limit) deep while rendering",
                hint: "check for a partial that calls itself", at: position)
        }
        var scope = self
        scope.depth = depth + nesting + 1
        return scope
    }
}

/// A level of `..`. A loop uses one frame for all iterations and changes its value.
final class ContextFrame {
    var value: Value
    let parent: ContextFrame?

    init(_ value: Value, parent: ContextFrame?) {
        self.value = value
        self.parent = parent
    }
}

/// The values of the parameters of a block, `as |item index|`.
final class ParameterFrame {
    let program: Program
    var values: [Value]
    let parent: ParameterFrame?

    init(of program: Program, _ values: [Value], parent: ParameterFrame?) {
        self.program = program
        self.values = values
        self.parent = parent
    }
}

/// A level of data variables, which a loop, a helper or the call of a partial block adds to the level above.
///
/// A name is looked up in this level and then in those above; `@../name` starts at the parent.
final class DataFrame {
    /// The meaning of `@partial-block` in this level and below.
    enum Block {
        case inherited
        case none
        case some(PartialBlock)
    }

    let parent: DataFrame?
    var loop: Loop?
    let block: Block
    private let variables: [(key: FieldName, value: Value)]

    /// `@key`, `@index`, `@first` and `@last` of an `{{#each}}`.
    struct Loop {
        /// The key of a field; `nil` in an array, where `@key` is the index.
        var key: String?
        var index: Int
        var isLast: Bool
    }

    init(parent: DataFrame?, variables: [(key: FieldName, value: Value)] = [], block: Block = .inherited) {
        self.parent = parent
        self.block = block
        self.variables = variables
    }

    func value(of name: DataName) -> Value {
        find(name) ?? .undefined
    }

    /// The value of a variable; `nil` when no level has it.
    func find(_ name: DataName) -> Value? {
        var frame: DataFrame? = self
        while let current = frame {
            if let value = current.own(name) { return value }
            frame = current.parent
        }
        return nil
    }

    /// The innermost block that was passed to a partial; `nil` without such a block.
    var partialBlock: PartialBlock? {
        var frame: DataFrame? = self
        while let current = frame {
            switch current.block {
            case .inherited: frame = current.parent
            case .none: return nil
            case .some(let block): return block
            }
        }
        return nil
    }

    private func own(_ name: DataName) -> Value? {
        for variable in variables where variable.key.hash == name.key.hash && variable.key.text == name.key.text {
            return variable.value
        }
        switch name.kind {
        case .index: return loop.map { Value($0.index) }
        case .key: return loop.map { loop in loop.key.map { .string($0) } ?? Value(loop.index) }
        case .first: return loop.map { .bool($0.index == 0) }
        case .last: return loop.map { .bool($0.isLast) }
        case .partialBlock:
            switch block {
            case .inherited: return nil
            case .none: return .undefined
            case .some(let block): return .function(block.function)
            }
        case .other: return nil
        }
    }
}

/// The name of a data variable, with its kind: one that the engine sets, or another.
struct DataName: Sendable {
    enum Kind { case index, key, first, last, partialBlock, other }

    let kind: Kind
    let key: FieldName

    init(_ key: FieldName) {
        self.key = key
        kind =
            switch key.text {
            case "index": .index
            case "key": .key
            case "first": .first
            case "last": .last
            case "partial-block": .partialBlock
            default: .other
            }
    }
}
