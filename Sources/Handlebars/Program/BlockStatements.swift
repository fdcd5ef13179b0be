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
        guard !scope.activation.rendering.overridesBuiltIn else { return try call.render(scope, to: &output) }
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
    /// A missing context becomes an empty object when it passes through a helper; it is a level of `..` only
    /// when it was undefined (handlebars.js, wrapProgram).
    private func enteringNullContext() -> Scope {
        var inner = self
        if case .null = frame.value {
            inner.frame = ContextFrame(.nullContext, parent: frame.parent)
        } else {
            inner.frame = ContextFrame(.nullContext, parent: frame)
        }
        return inner
    }

    /// The scope in which a helper's block runs with the helper's own context.
    func enteringOwnContext() -> Scope {
        frame.value.isNullish ? enteringNullContext() : self
    }
}

extension Value {
    /// The value itself, or what it returns if it is a function.
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
        guard !scope.activation.rendering.overridesBuiltIn else { return try call.render(scope, to: &output) }
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

/// A plain section, `{{#name}}` or `{{^name}}`, whose meaning depends on the value.
final class SectionStatement: Statement {
    private let name: AmbiguousName
    /// Whether a registered helper of that name would be called.
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
        if scope.activation.rendering.hasBlockMissingHook, let hook = scope.activation.rendering.helpers.blockMissing {
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
                // It gives none, and yet asking for one is no error (there: whatever the block around was given).
                inner.parameters = ParameterFrame(of: program, [.undefined], parent: scope.parameters)
            }
            try program.render(inner, outer: scope.frame, to: &output)
        }
    }
}

/// A block which calls a helper.
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
