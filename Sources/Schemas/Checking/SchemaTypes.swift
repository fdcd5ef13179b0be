import JSON

/// Types of JSON Schema.
struct SchemaTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = SchemaTypes(rawValue: 1)
    static let boolean = SchemaTypes(rawValue: 2)
    static let integer = SchemaTypes(rawValue: 4)
    static let number = SchemaTypes(rawValue: 8)
    static let string = SchemaTypes(rawValue: 16)
    static let array = SchemaTypes(rawValue: 32)
    static let object = SchemaTypes(rawValue: 64)

    /// Each type with its name in a schema and in a sentence.
    static let all: [(type: SchemaTypes, name: String, phrase: String)] = [
        (.object, "object", "an object"), (.array, "array", "an array"), (.string, "string", "a string"),
        (.number, "number", "a number"), (.integer, "integer", "an integer"), (.boolean, "boolean", "a boolean"),
        (.null, "null", "null"),
    ]

    /// The type of a value: `integer` for a number without a fraction, however the number is written.
    init(of value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool: self = .boolean
        case .number(let number): self = number.isWhole ? .integer : .number
        case .string: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The names, as a schema writes them.
    var names: [String] { Self.all.filter { contains($0.type) }.map(\.name) }

    /// What is wrong with the type of a value; nil when the value has one of the types.
    func fault(of value: JSONValue) -> String? {
        if case .number(let number) = value {
            if contains(.number) || (contains(.integer) && number.isWhole) { return nil }
        } else if contains(SchemaTypes(of: value)) {
            return nil
        }
        var found = value.kindName
        if contains(.integer), case .number(let number) = value { found = number.text.shortened }
        return "must be \(phrase), not \(found)"
    }

    /// `an object, an array or null`.
    private var phrase: String {
        let phrases = Self.all.filter { contains($0.type) }.map(\.phrase)
        return phrases.count > 1
            ? phrases.dropLast().joined(separator: ", ") + " or " + phrases[phrases.count - 1] : phrases[0]
    }
}

extension JSONNumber {
    /// Whether the value has no fraction: `1`, `1.0` and `10e-1`.
    var isWhole: Bool { Int(text) != nil || decimal.exponent >= 0 }
}
