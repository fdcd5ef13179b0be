/// `{{#if}}` and `{{#unless}}` with one argument.
final class ConditionStatement: Statement {
    private let call: BlockCallStatement
    private let condition: any Expression
    private let includeZero: (any Expression)?
    private let program: Program?
    private let inverse: Program?

    init(_ call: BlockCallStatement, isInverted: Bool) {
        self.call = call
        condition = call.call.arguments[0]
        includeZero = call.call.hash.first("includeZero")
        (program, inverse) = isInverted ? (call.inverse, call.program) : (call.program, call.inverse)
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        guard !scope.activation.state.overridesBuiltIn else { return try call.render(scope, to: &output) }
        guard let chosen = try holds(scope) ? program : inverse else { return }
        if scope.frame.value.isNullish {
            try chosen.render(scope.enteringOwnContext(), outer: scope.frame, to: &output)
        } else {
            try chosen.render(scope, outer: scope.frame, to: &output)
        }
    }

    private func holds(_ scope: borrowing Scope) throws(TemplateError) -> Bool {
        let value = try condition.evaluate(scope).called(by: call.call, scope)
        if !value.isIfFalsy { return true }
        guard let includeZero, case .number(let number) = value, number == 0 else { return false }
        return try !includeZero.evaluate(scope).isFalsy
    }
}

extension Scope {
    /// The scope with an empty object instead of a missing context, as in the blocks of helpers. The object is a new
    /// level of `..` only when the context was undefined (handlebars.js, wrapProgram).
    private func enteringNullContext() -> Scope {
        var inner = self
        if case .null = frame.value {
            inner.frame = ContextFrame(.nullContext, parent: frame.parent)
        } else {
            inner.frame = ContextFrame(.nullContext, parent: frame)
        }
        return inner
    }

    /// The scope of a block that a helper renders with the context of the call.
    func enteringOwnContext() -> Scope {
        frame.value.isNullish ? enteringNullContext() : self
    }
}

extension Value {
    /// The value itself, or the result when it is a function.
    @inline(__always)
    func called(by call: CallExpression, _ scope: borrowing Scope) throws(TemplateError) -> Value {
        guard case .function(let function) = self else { return self }
        return try HelperCall(plain: call.name, scope: scope, position: call.position).run(function.body)
    }
}

/// `{{#with}}` with one argument.
final class WithStatement: Statement {
    private let call: BlockCallStatement

    init(_ call: BlockCallStatement) { self.call = call }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        guard !scope.activation.state.overridesBuiltIn else { return try call.render(scope, to: &output) }
        let value = try call.call.arguments[0].evaluate(scope).called(by: call.call, scope)
        guard !value.isEmpty else {
            try call.inverse?.render(scope.enteringOwnContext(), outer: scope.frame, to: &output)
            return
        }
        guard let program = call.program else { return }
        var inner = scope.entering(value)
        if program.blockParameterCount > 0 {
            inner.parameters = ParameterFrame(of: program, [value], parent: scope.parameters)
        }
        try program.render(inner, outer: scope.frame, to: &output)
    }
}

/// A plain section, `{{#name}}` or `{{^name}}`, whose meaning depends on the type of the value.
final class SectionStatement: Statement {
    private let name: AmbiguousName
    /// Whether a registered helper of the name is called instead.
    private let isAmbiguous: Bool
    private let program: Program?
    private let inverse: Program?

    init(_ name: AmbiguousName, isAmbiguous: Bool, program: Program?, inverse: Program?) {
        self.name = name
        self.isAmbiguous = isAmbiguous
        self.program = program
        self.inverse = inverse
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        var value: Value
        if isAmbiguous {
            let (found, isHelper) = try name.resolve(scope, fn: program, inverse: inverse, isBlock: true)
            if isHelper { return try found.append(to: &output, escaped: false, scope, at: name.position) }
            value = found
        } else {
            value = try name.field.evaluate(scope)
            if case .function(let function) = value {
                value = try HelperCall(plain: name.original, scope: scope, position: name.position).run(function.body)
            }
        }
        if scope.activation.state.hasBlockMissingHook, let hook = scope.activation.state.helpers.blockMissing {
            let call = HelperCall(
                name: isAmbiguous ? name.key.text : name.original, arguments: [value], hash: Object.empty, scope: scope,
                fn: program, inverse: inverse, isBlock: true, position: name.position, isSectionHook: true)
            return try call.run(hook).append(to: &output, escaped: false, scope, at: name.position)
        }
        try render(value, scope, to: &output)
    }

    private func render(_ value: Value, _ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        switch value {
        case .bool(true): try program?.render(scope, outer: scope.frame, to: &output)
        case .bool(false), .undefined, .null: try inverse?.render(scope, outer: scope.frame, to: &output)
        case .array(let items) where items.isEmpty: try inverse?.render(scope, outer: scope.frame, to: &output)
        case .array(let items):
            guard let program else { return }
            try Loop.overArray(items, program, scope, at: name.position, to: &output)
        default:
            guard let program else { return }
            var inner = scope.entering(value)
            if program.blockParameterCount > 0 {
                // A section passes no parameters, but reading one is not an error. In handlebars.js it is the parameter
                // of the enclosing block.
                inner.parameters = ParameterFrame(of: program, [.undefined], parent: scope.parameters)
            }
            try program.render(inner, outer: scope.frame, to: &output)
        }
    }
}

/// A block that calls a helper.
final class BlockCallStatement: Statement {
    let call: CallExpression
    let program: Program?
    let inverse: Program?

    init(_ call: CallExpression, program: Program?, inverse: Program?) {
        self.call = call
        self.program = program
        self.inverse = inverse
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        try call.call(scope, fn: program, inverse: inverse, isBlock: true)
            .append(to: &output, escaped: false, scope, at: call.position)
    }
}

/// `{{#each}}` with one argument.
final class EachStatement: Statement {
    private let call: BlockCallStatement

    init(_ call: BlockCallStatement) { self.call = call }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        guard !scope.activation.state.overridesBuiltIn else { return try call.render(scope, to: &output) }
        let value = try call.call.arguments[0].evaluate(scope).called(by: call.call, scope)
        switch value {
        case .array(let items) where !items.isEmpty:
            guard let program = call.program else { return }
            try Loop.overArray(items, program, scope, at: call.call.position, to: &output)
        case .object(let object) where !object.isEmpty:
            guard let program = call.program else { return }
            try Loop.overObject(object, program, scope, at: call.call.position, to: &output)
        default: try call.inverse?.render(scope.enteringOwnContext(), outer: scope.frame, to: &output)
        }
    }
}

/// Renders a block once for each element.
///
/// The frames are created once for the whole loop and changed at each iteration, because nothing in the block keeps
/// them longer than its iteration.
enum Loop {
    static func overArray(
        _ items: Value.Elements, _ program: Program, _ scope: borrowing Scope, at position: Int,
        to output: inout [UInt8]
    ) throws(TemplateError) {
        let iteration = Iteration(scope, program)
        let count = items.count
        for index in 0..<count {
            let item = items[index]
            iteration.data?.loop = DataFrame.Loop(key: nil, index: index, isLast: index == count - 1)
            if iteration.hasParameters { iteration.setParameters(item, Value(index)) }
            try iteration.run(item, at: position, to: &output)
        }
    }

    static func overObject(
        _ object: Object, _ program: Program, _ scope: borrowing Scope, at position: Int, to output: inout [UInt8]
    ) throws(TemplateError) {
        let iteration = Iteration(scope, program)
        let entries = object.storage.entries
        for (index, entry) in entries.enumerated() {
            iteration.data?.loop = DataFrame.Loop(key: entry.key, index: index, isLast: index == entries.count - 1)
            if iteration.hasParameters { iteration.setParameters(entry.value, .string(entry.key)) }
            try iteration.run(entry.value, at: position, to: &output)
        }
    }

    private struct Iteration {
        let program: Program
        let data: DataFrame?
        let hasParameters: Bool
        private let outer: ContextFrame
        private let frame: ContextFrame
        private let scope: Scope
        private let sameScope: Scope

        init(_ scope: borrowing Scope, _ program: Program) {
            self.program = program
            outer = scope.frame
            frame = ContextFrame(.undefined, parent: scope.frame)
            data = scope.data.map { DataFrame(parent: $0) }
            hasParameters = program.blockParameterCount > 0
            var inner = copy scope
            inner.data = data
            if hasParameters { inner.parameters = ParameterFrame(of: program, [], parent: scope.parameters) }
            sameScope = inner
            inner.frame = frame
            self.scope = inner
        }

        func setParameters(_ item: Value, _ key: Value) {
            scope.parameters?.values = [item, key]
        }

        @inline(__always)
        func run(_ item: Value, at position: Int, to output: inout [UInt8]) throws(TemplateError) {
            let state = scope.activation.state
            guard state.countIteration(), output.count <= state.limits.outputBytes else {
                throw scope.error(
                    .limit,
                    "more than \(state.limits.outputBytes) bytes of output or \(state.limits.loopIterations) loop iterations",
                    at: position)
            }
            if item.isSame(as: outer.value) {
                try program.render(sameScope, outer: outer, to: &output)
            } else {
                frame.value = item
                try program.render(scope, outer: outer, to: &output)
            }
        }
    }
}
