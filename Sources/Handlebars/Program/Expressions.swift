import JSON

final class LiteralExpression: Expression {
    private let value: Value

    init(_ value: Value) { self.value = value }

    var isUndefined: Bool {
        if case .undefined = value { true } else { false }
    }

    func evaluate(_ scope: borrowing Scope) -> Value { value }
}

/// A value, or its result when it is a function.
final class ResolvedExpression: Expression {
    private let expression: any Expression
    private let name: String
    private let position: Int

    init(_ expression: any Expression, name: String, position: Int) {
        self.expression = expression
        self.name = name
        self.position = position
    }

    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        let value = try expression.evaluate(scope)
        guard case .function(let function) = value else { return value }
        return try HelperCall(plain: name, scope: scope, position: position).run(function.body)
    }
}

/// A path from the context or one of its parents.
final class PathExpression: Expression {
    private let depth: Int
    private let first: FieldName?
    private let rest: [FieldName]
    private let rule: PathRule

    init(depth: Int, first: FieldName?, rest: [FieldName], rule: PathRule) {
        self.depth = depth
        self.first = first
        self.rest = rest
        self.rule = rule
    }

    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        var frame = scope.frame
        for _ in 0..<depth {
            guard let parent = frame.parent else { return try aboveTheRoot(scope) }
            frame = parent
        }
        guard case .lenient = rule.strictness else {
            return try rule.follow(first, rest, from: frame.value, scope)
        }
        guard let first else { return frame.value }
        var value = frame.value.member(first)
        for key in rest { value = value.member(key) }
        return value
    }

    private func aboveTheRoot(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        guard case .lenient = rule.strictness else {
            return try rule.follow(first, rest, from: .undefined, scope)
        }
        return .undefined
    }
}

/// A path whose first name may be a field of any parent (option `compat`).
final class CompatPathExpression: Expression {
    private let first: FieldName
    private let rest: [FieldName]
    private let rule: PathRule

    init(first: FieldName, rest: [FieldName], rule: PathRule) {
        self.first = first
        self.rest = rest
        self.rule = rule
    }

    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        var value = Value.undefined
        var frame: ContextFrame? = scope.frame
        while let current = frame {
            let found = current.value.member(first)
            // A falsy context such as 0 hides the contexts above although it has no fields.
            if !found.isNullish || current.value.isFalsy && !current.value.isNullish {
                value = found
                break
            }
            frame = current.parent
        }
        guard case .lenient = rule.strictness else {
            if rest.isEmpty, frame == nil, case .all = rule.strictness {
                return try rule.follow(first, from: scope.frame.value, scope)
            }
            return try rule.follow(nil, rest, from: value, scope)
        }
        for key in rest { value = value.member(key) }
        return value
    }
}

/// A path that starts at a parameter of an enclosing block.
final class BlockParameterExpression: Expression {
    private let depth: Int
    private let index: Int
    private let name: String
    private let keys: [FieldName]
    private let rule: PathRule

    init(depth: Int, index: Int, name: String, keys: [FieldName], rule: PathRule) {
        self.depth = depth
        self.index = index
        self.name = name
        self.keys = keys
        self.rule = rule
    }

    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        var frame = scope.parameters
        for _ in 0..<depth { frame = frame?.parent }
        let values = frame?.values ?? []
        guard index < values.count else {
            guard values.isEmpty else { return .undefined }
            throw scope.error(
                .helper, "\"\(name)\" is a block parameter, but the helper of its block passes none",
                hint: "each and with pass parameters; if and unless do not", at: rule.position)
        }
        guard case .lenient = rule.strictness else {
            return try rule.follow(nil, keys, from: values[index], scope)
        }
        var value = values[index]
        for key in keys { value = value.member(key) }
        return value
    }
}

/// A data variable, `@name`, with the names that follow.
final class DataExpression: Expression {
    private let depth: Int
    private let name: DataName
    private let keys: [FieldName]
    private let rule: PathRule

    init(depth: Int, name: DataName, keys: [FieldName], rule: PathRule) {
        self.depth = depth
        self.name = name
        self.keys = keys
        self.rule = rule
    }

    func evaluate(_ scope: borrowing Scope) throws(TemplateError) -> Value {
        var frame: DataFrame? = scope.data
        for _ in 0..<depth { frame = frame?.parent }
        let found = frame?.find(name)
        var value = found ?? .undefined
        guard case .lenient = rule.strictness else {
            if frame == nil || keys.isEmpty && found == nil && rule.strictness == .all {
                throw scope.error(.notDefined, "\"\(name.key.text)\" not defined in the @data", at: rule.position)
            }
            if keys.isEmpty { return value }
            return try rule.follow(nil, keys, from: value, scope)
        }
        // A path from a data variable ends at the first falsy value: @first.x prints false.
        for key in keys where !value.isFalsy { value = value.member(key) }
        return value
    }
}

/// How a path treats missing fields.
enum Strictness {
    /// A missing field is undefined.
    case lenient
    /// A missing parent is an error, a missing last field is not.
    case parents
    /// A missing parent and a missing last field are errors.
    case all
}

/// The strictness of a path, with its text and position for errors.
struct PathRule: Sendable {
    let strictness: Strictness
    /// The path as written.
    let original: String
    let position: Int

    /// Follows names whose fields must exist.
    func follow(
        _ first: FieldName?, _ rest: [FieldName] = [], from start: Value, _ scope: borrowing Scope
    ) throws(TemplateError) -> Value {
        var value = start
        if let first { value = try field(first, of: value, isLast: rest.isEmpty, scope) }
        for index in rest.indices { value = try field(rest[index], of: value, isLast: index == rest.count - 1, scope) }
        return value
    }

    private func field(
        _ key: FieldName, of value: Value, isLast: Bool, _ scope: borrowing Scope
    ) throws(TemplateError) -> Value {
        if value.isNullish || isLast && strictness == .all && !isField(key, of: value) {
            throw missing(key, in: value, scope)
        }
        return value.member(key)
    }

    /// A text has no fields here, not even its length, because strict mode of handlebars.js requires an object.
    private func isField(_ key: FieldName, of value: Value) -> Bool {
        if case .string = value { false } else { value.has(key) }
    }

    private func missing(_ key: FieldName, in value: Value, _ scope: borrowing Scope) -> TemplateError {
        var hint: String?
        if case .object(let object) = value { hint = Suggestion.hint(for: key.text, among: object.keys) }
        let path = key.text == original ? "" : ", in the path \(original)"
        return scope.error(
            .notDefined, "\"\(key.text)\" not defined in \(Self.beginning(of: value))\(path)", hint: hint, at: position)
    }

    /// A short description of a value. A whole list could fill a page, and put the input of users into a log.
    ///
    /// An object is described by the names of its fields, because its text is always `[object Object]`.
    private static func beginning(of value: Value) -> String {
        switch value {
        case .object(let object): names(of: object)
        case .array(let items): beginning(of: items)
        default: shortened(value.text, to: 40)
        }
    }

    private static func names(of object: Object) -> String {
        guard !object.isEmpty else { return "an object without fields" }
        let names = object.storage.entries.prefix(maximumNames).map(\.key).joined(separator: ", ")
        let rest = object.count > maximumNames ? ", …" : ""
        return "an object with the field\(object.count == 1 ? "" : "s") \(shortened(names + rest, to: 80))"
    }

    private static let maximumNames = 12

    private static func beginning(of items: Value.Elements) -> String {
        if case .object? = items.first { return "a list of \(items.count) object\(items.count == 1 ? "" : "s")" }
        var bytes: [UInt8] = []
        _ = Value.appendJoined(items, to: &bytes, upTo: 160)
        return shortened(String(decoding: bytes, as: UTF8.self), to: 40)
    }

    private static func shortened(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(count) + "…"
    }
}
