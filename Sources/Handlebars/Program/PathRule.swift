/// How a path takes a field that is not there.
enum Strictness {
    /// It is undefined.
    case lenient
    /// A missing parent is an error, a missing last field is not.
    case parents
    /// Both are errors.
    case all
}

/// How strict a path is, and what an error says about it.
struct PathRule: Sendable {
    let strictness: Strictness
    /// The path as written.
    let original: String
    let position: Int

    /// Follows names where fields must be there.
    func follow(
        _ first: FieldName?, _ rest: [FieldName] = [], from start: Value, _ scope: borrowing Scope
    ) throws(TemplateError) -> Value {
        var value = start
        if let first { value = try field(first, of: value, isLast: rest.isEmpty, scope) }
        for place in rest.indices { value = try field(rest[place], of: value, isLast: place == rest.count - 1, scope) }
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

    /// A text has no fields here, not even its length: in strict mode handlebars.js asks for an object.
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

    /// Enough to recognise a value by: all of a list would fill a page, and a log with what users have entered.
    ///
    /// An object is described by its fields: its text is always `[object Object]`, as in handlebars.js.
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
