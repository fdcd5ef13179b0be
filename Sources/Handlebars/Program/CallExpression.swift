import JSON

/// A name with arguments, which is always a call: of a registered helper, a built-in helper, a function in the data, or
/// of the hook `helperMissing`.
final class CallExpression: Expression {
    let name: String
    /// The name of the helper; `nil` when the name can only be a field of the data.
    let helperKey: FieldName?
    /// The path of a function in the data; `nil` when the name is known to be a helper.
    let path: (any Expression)?
    let arguments: [any Expression]
    let hash: HashArguments
    /// Whether strict mode is on, where missing helpers do not call the hook.
    private let isStrict: Bool
    private let lacksSpace: Bool
    let position: Int

    init(
        name: String, helperKey: FieldName?, path: (any Expression)?, arguments: [any Expression], hash: HashArguments,
        isStrict: Bool, lacksSpace: Bool, position: Int
    ) {
        self.name = name
        self.helperKey = helperKey
        self.path = path
        self.arguments = arguments
        self.hash = hash
        self.isStrict = isStrict
        self.lacksSpace = lacksSpace
        self.position = position
    }

    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        try call(scope, fn: nil, inverse: nil, isBlock: false)
    }

    func call(
        _ scope: borrowing Scope, fn: Program?, inverse: Program?, isBlock: Bool
    ) throws(TemplateError) -> Value {
        let helper = try resolve(scope)
        let call = HelperCall(
            name: name, arguments: try evaluatedArguments(scope), hash: try hash.evaluate(scope), scope: scope, fn: fn,
            inverse: inverse, isBlock: isBlock, position: position)
        return try call.run(helper)
    }

    private func resolve(_ scope: borrowing Scope) throws(TemplateError) -> Helper {
        if let helperKey {
            if let helper = scope.activation.state.helpers.find(helperKey) { return helper }
            if let helper = BuiltIn.helper(named: name) { return helper }
        }
        if let path {
            let value = try path.evaluate(scope)
            if case .function(let function) = value { return function.body }
            if !value.isFalsy {
                throw scope.error(
                    .missingHelper, "\"\(name)\" is called with arguments, but it is a field of the data, not a helper",
                    hint: Suggestion.hint(forHelper: name, lacksSpace: lacksSpace, among: []), at: position)
            }
        }
        let helpers = scope.activation.state.helpers
        if path != nil, !isStrict {
            if let hook = helpers.missing { return hook }
            if arguments.isEmpty { return { _ in .undefined } }
        }
        throw scope.error(
            .missingHelper, "Missing helper: \"\(name)\"",
            hint: Suggestion.hint(forHelper: name, lacksSpace: lacksSpace, among: helpers.names + BuiltIn.names),
            at: position)
    }

    private func evaluatedArguments(_ scope: borrowing Scope) throws(TemplateError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(try argument.evaluate(scope)) }
        return values
    }
}

/// The `name=value` arguments of a call.
struct HashArguments: Sendable {
    /// The arguments in reverse order; of a repeated name the first value is used (as in handlebars.js).
    private let pairs: [(key: FieldName, value: any Expression)]
    /// Whether the call has no such arguments; false also for a single literal `undefined`.
    let isEmpty: Bool
    /// Whether an object has the arguments in this order and without an index.
    private let arePlain: Bool

    /// A literal `undefined` adds no field to the object, but counts as an argument (as in handlebars.js).
    init(_ written: [(key: FieldName, value: any Expression)]) {
        isEmpty = written.isEmpty
        pairs = Self.uniqued(written).filter { ($0.value as? LiteralExpression)?.isUndefined != true }
        arePlain = pairs.count <= Object.Storage.indexThreshold && pairs.allSatisfy { $0.key.index == nil }
    }

    private static func uniqued(
        _ written: [(key: FieldName, value: any Expression)]
    ) -> [(key: FieldName, value: any Expression)] {
        guard written.count > 1 else { return written }
        var first = Dictionary(written.map { ($0.key.text, $0.value) }) { first, _ in first }
        return written.reversed().compactMap { pair in first.removeValue(forKey: pair.key.text).map { (pair.key, $0) } }
    }

    /// Whether the only argument, if there is one, is a literal of this name, which needs no evaluation.
    func isOnly(_ name: String) -> Bool {
        pairs.allSatisfy { $0.key.text == name && $0.value is LiteralExpression }
    }

    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Object {
        guard !pairs.isEmpty else { return Object.empty }
        var entries: [Object.Entry] = []
        entries.reserveCapacity(pairs.count)
        for (key, value) in pairs {
            entries.append(Object.Entry(hash: key.hash, key: key.text, value: try value.evaluate(scope)))
        }
        if arePlain { return Object(storage: Object.Storage(entries, order: Object.Storage.Order())) }
        return entries.reduce(into: Object()) { $0[$1.key] = $1.value }
    }

    /// The value of an argument; `nil` when the call does not have it.
    func first(_ name: String) -> (any Expression)? {
        pairs.first { $0.key.text == name }?.value
    }
}
