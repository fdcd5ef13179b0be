/// Text between tags.
final class TextStatement: Statement {
    /// The whole text of the template.
    private let source: [UInt8]
    private let range: Range<Int>

    init(_ source: [UInt8], _ range: Range<Int>) {
        self.source = source
        self.range = range
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) {
        source.withUnsafeBufferPointer { output.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }
}

/// A field that cannot be a helper: `{{this.name}}`, `{{a.b}}`, `{{item}}` of a block parameter.
final class FieldStatement: Statement {
    private let expression: any Expression
    private let isEscaped: Bool
    private let name: String
    private let position: Int

    init(_ expression: any Expression, isEscaped: Bool, name: String, position: Int) {
        self.expression = expression
        self.isEscaped = isEscaped
        self.name = name
        self.position = position
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        var value = try expression.evaluate(scope)
        if case .function(let function) = value {
            value = try HelperCall(plain: name, scope: scope, position: position).run(function.body)
        }
        try value.append(to: &output, escaped: isEscaped, scope, at: position)
    }
}

/// A single name: a registered helper of the name, or a field.
final class NameStatement: Statement {
    private let name: AmbiguousName
    private let isEscaped: Bool

    init(_ name: AmbiguousName, isEscaped: Bool) {
        self.name = name
        self.isEscaped = isEscaped
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        // The common case: a field of the context, and no helper of the name.
        if name.isPlainField, scope.activation.state.helperFilter & name.key.filterBit == 0,
            case .object(let object) = scope.frame.value,
            object.storage.appendSimple(name.key, to: &output, escaped: isEscaped)
        {
            return
        }
        try name.resolve(scope).value.append(to: &output, escaped: isEscaped, scope, at: name.position)
    }
}

/// A call of a helper.
final class CallStatement: Statement {
    private let call: CallExpression
    private let isEscaped: Bool

    init(_ call: CallExpression, isEscaped: Bool) {
        self.call = call
        self.isEscaped = isEscaped
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        try call.evaluate(scope).append(to: &output, escaped: isEscaped, scope, at: call.position)
    }
}

/// A tag that throws an error when it is rendered.
final class FailingStatement: Statement {
    private let code: TemplateError.Code
    private let message: String
    private let hint: String?
    private let position: Int

    init(_ code: TemplateError.Code, _ message: String, hint: String? = nil, at position: Int) {
        self.code = code
        self.message = message
        self.hint = hint
        self.position = position
    }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        throw scope.error(code, message, hint: hint, at: position)
    }
}

/// A single name without arguments: a helper, a field, or `helperMissing`.
struct AmbiguousName: Sendable {
    let key: FieldName
    /// The name as written, which the hooks get.
    let original: String
    let field: any Expression
    let isStrict: Bool
    /// Whether the field is one of the context itself, and not a data variable or a field of a parent.
    let isPlainField: Bool
    let position: Int

    /// - Returns: the value, and whether a registered helper returned it.
    @inline(__always)
    func resolve(
        _ scope: borrowing Scope, fn: Program? = nil, inverse: Program? = nil, isBlock: Bool = false
    ) throws(TemplateError) -> (value: Value, isHelper: Bool) {
        let state = scope.activation.state
        if state.helperFilter & key.filterBit != 0, let helper = state.helpers.find(key) {
            let call = HelperCall(
                plain: key.text, scope: scope, position: position, fn: fn, inverse: inverse, isBlock: isBlock)
            return (try call.run(helper), true)
        }
        let value = try field.evaluate(scope)
        switch value {
        case .function(let function):
            let call = HelperCall(
                plain: key.text, scope: scope, position: position, fn: fn, inverse: inverse, isBlock: isBlock)
            return (try call.run(function.body), false)
        case .undefined, .null:
            guard !isStrict, state.hasMissingHook, let hook = state.helpers.missing else {
                return (value, false)
            }
            let call = HelperCall(
                plain: key.text, scope: scope, position: position, fn: fn, inverse: inverse, isBlock: isBlock)
            return (try call.run(hook), false)
        default: return (value, false)
        }
    }
}

extension Value {
    /// Appends the value of a tag to the output.
    ///
    /// - Throws: `.limit` for an array whose text exceeds the limit of the output.
    @inline(__always)
    func append(
        to output: inout [UInt8], escaped: Bool, _ scope: borrowing Scope, at position: Int
    ) throws(TemplateError) {
        if case .array(let items) = self {
            try Value.append(items, to: &output, escaped: escaped, scope, at: position)
        } else if escaped {
            appendEscaped(to: &output)
        } else {
            appendPlain(to: &output)
        }
    }

    private static func append(
        _ items: Elements, to output: inout [UInt8], escaped: Bool, _ scope: borrowing Scope, at position: Int
    ) throws(TemplateError) {
        let limit = scope.activation.state.limits.outputBytes
        var text: [UInt8] = []
        guard appendJoined(items, to: &text, upTo: limit - output.count) else {
            throw scope.error(
                .limit, "more than \(limit) bytes of output with the \(items.count) elements of this list",
                hint: "print the elements in {{#each}}, or print fewer elements", at: position)
        }
        if escaped {
            text.withUnsafeBufferPointer { Escaper.append($0, to: &output) }
        } else {
            output += text
        }
    }
}
