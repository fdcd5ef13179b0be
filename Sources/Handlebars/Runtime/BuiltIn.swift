/// The built-in helpers for calls with any arguments.
///
/// The compiler uses faster statements for the usual forms of these calls.
enum BuiltIn {
    static let names = ["each", "if", "log", "lookup", "unless", "with"]

    /// Whether a name is that of a built-in helper or of a hook.
    static func isKnown(_ name: FieldName) -> Bool {
        filter & name.filterBit != 0 && (names.contains(name.text) || hooks.contains(name.text))
    }

    private static let hooks = ["helperMissing", "blockHelperMissing"]
    private static let filter = (names + hooks).reduce(0) { $0 | FieldName($1).filterBit }

    static func helper(named name: String) -> Helper? {
        switch name {
        case "if": condition
        case "unless": inverseCondition
        case "with": with
        case "each": each
        case "lookup": lookup
        case "log": log
        default: nil
        }
    }

    private static let condition: Helper = { call in
        .string(try holds(call) ? call.fn() : call.inverse())
    }

    private static let inverseCondition: Helper = { call in
        .string(try holds(call) ? call.inverse() : call.fn())
    }

    private static func holds(_ call: HelperCall) throws(TemplateError) -> Bool {
        let value = try resolved(call.blockArgument(), call)
        if !value.isIfFalsy { return true }
        return !call["includeZero"].isFalsy && !value.isEmpty
    }

    private static let with: Helper = { call in
        let value = try resolved(call.blockArgument(), call)
        return .string(try value.isEmpty ? call.inverse() : call.fn(value, blockParameters: [value]))
    }

    private static let each: Helper = { call in
        guard call.arguments.count == 1 else {
            throw call.error(
                call.arguments.isEmpty ? "Must pass iterator to #each" : "#each requires exactly one argument",
                hint: "write {{#each list}} or {{#each list as |item index|}}")
        }
        let value = try resolved(call.blockArgument(), call)
        var output: [UInt8] = []
        guard let program = call.program else { return .undefined }
        switch value {
        case .array(let items) where !items.isEmpty:
            try Loop.overArray(items, program, call.scope, at: call.position, to: &output)
        case .object(let object) where !object.isEmpty:
            try Loop.overObject(object, program, call.scope, at: call.position, to: &output)
        default: return .string(try call.inverse())
        }
        return .string(String(rendered: output))
    }

    private static let lookup: Helper = { call in
        if let object = call.arguments.first, object.isFalsy { return object }
        let arguments = try call.arguments(exactly: 2)
        return arguments[0].member(named: arguments[1])
    }

    private static let log: Helper = { call in
        let level = call["level"].isNullish ? call.data("level") : call["level"]
        call.scope.activation.state.log?(level.isNullish ? "info" : level.text, call.arguments)
        return .undefined
    }

    private static func resolved(_ value: Value, _ call: HelperCall) throws(TemplateError) -> Value {
        guard case .function(let function) = value else { return value }
        return try call.run(function.body)
    }
}

extension HelperCall {
    /// The only argument of a helper that must be called as a block.
    fileprivate func blockArgument() throws(TemplateError) -> Value {
        let argument = try arguments(exactly: 1)[0]
        guard !isBlock else { return argument }
        throw error("\(name) needs a block", hint: "write {{#\(name) …}}…{{/\(name)}}")
    }
}

/// A function that receives the output of `{{log}}`: the level as written (`info` by default) and the arguments.
public typealias LogSink = @Sendable (_ level: String, _ arguments: [Value]) -> Void
