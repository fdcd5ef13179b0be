/// A name with arguments, which is certainly a call: of a registered helper, a built-in one, a function in the
/// data, or of `helperMissing`.
final class CallExpression: Expression {
    let name: String
    /// The name as a helper's, unless only the data can have it.
    let helperKey: FieldName?
    /// Where in the data a function of that name would be, unless it is known to be a helper.
    let path: (any Expression)?
    let arguments: [any Expression]
    let hash: HashArguments
    /// In strict mode no hook answers for a helper that is missing.
    private let isStrict: Bool
    private let isRunTogether: Bool
    let position: Int

    init(
        name: String, helperKey: FieldName?, path: (any Expression)?, arguments: [any Expression], hash: HashArguments,
        isStrict: Bool, isRunTogether: Bool, position: Int
    ) {
        self.name = name
        self.helperKey = helperKey
        self.path = path
        self.arguments = arguments
        self.hash = hash
        self.isStrict = isStrict
        self.isRunTogether = isRunTogether
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
            if let helper = scope.activation.rendering.helpers.find(helperKey) { return helper }
            if let helper = BuiltIn.helper(named: name) { return helper }
        }
        if let path {
            let value = try path.evaluate(scope)
            if case .function(let function) = value { return function.body }
            if !value.isFalsy {
                throw scope.error(
                    .missingHelper, "\"\(name)\" is called with arguments, but it is a field of the data, not a helper",
                    hint: Suggestion.hint(forHelper: name, isRunTogether: isRunTogether, among: []), at: position)
            }
        }
        let helpers = scope.activation.rendering.helpers
        if path != nil, !isStrict {
            if let hook = helpers.missing { return hook }
            if arguments.isEmpty { return { _ in .undefined } }
        }
        throw scope.error(
            .missingHelper, "Missing helper: \"\(name)\"",
            hint: Suggestion.hint(forHelper: name, isRunTogether: isRunTogether, among: helpers.names + BuiltIn.names),
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
    /// Last written first, but of a repeated name the first value counts (as in handlebars.js).
    private let pairs: [(key: FieldName, value: any Expression)]
    /// Whether nothing was written; false also for a single literal `undefined`.
    let isEmpty: Bool
    /// Whether an object keeps them in this order and knows no more of them than their names.
    private let arePlain: Bool

    /// A literal `undefined` adds no field to the object, but counts as written (as in handlebars.js).
    init(_ written: [(key: FieldName, value: any Expression)]) {
        isEmpty = written.isEmpty
        pairs = Self.counting(written).filter { ($0.value as? LiteralExpression)?.isUndefined != true }
        arePlain = pairs.count <= Object.Storage.indexThreshold && pairs.allSatisfy { $0.key.index == nil }
    }

    private static func counting(
        _ written: [(key: FieldName, value: any Expression)]
    ) -> [(key: FieldName, value: any Expression)] {
        guard written.count > 1 else { return written }
        var first = Dictionary(written.map { ($0.key.text, $0.value) }) { first, _ in first }
        return written.reversed().compactMap { pair in first.removeValue(forKey: pair.key.text).map { (pair.key, $0) } }
    }

    /// Whether there is nothing, or nothing but a literal of this name: nothing that must be worked out.
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

    /// The value of one name.
    func first(_ name: String) -> (any Expression)? {
        pairs.first { $0.key.text == name }?.value
    }
}
