import JSON

/// The compiled form of one schema. Other schemas are named by their index.
struct SchemaRules: Sendable {
    /// Whether this is the schema `false`, which no value fits.
    var refusesAll = false
    /// The schema that `$ref` leads to.
    var reference: Int?
    var types: SchemaTypes?
    /// The values of `enum`.
    var values: AcceptedValues?
    /// The value of `const`.
    var constant: AcceptedValues?
    var numbers: NumberRules?
    var strings: StringRules?
    var arrays: ArrayRules?
    var objects: ObjectRules?

    /// What is wrong with a value itself, apart from its members and elements; nil when the value fits. The rules of
    /// objects are checked apart, because a fault of theirs can be at a member.
    func fault(of value: JSONValue, _ budget: PatternBudget) -> String? {
        if refusesAll { return "is not allowed; the schema is false" }
        if let fault = types?.fault(of: value) { return fault }
        if let fault = constant?.fault(of: value) ?? values?.fault(of: value) { return fault }
        return switch value {
        case .number(let number): numbers?.fault(of: number)
        case .string(let text): strings?.fault(of: text, budget)
        case .array(let elements): arrays?.fault(of: elements)
        case .object, .null, .bool: nil
        }
    }

    /// The types that a fitting value has: those of `type`, or else of `const` and `enum`; nil when any type may fit.
    var knownTypes: SchemaTypes? { types ?? constant?.types ?? values?.types }
}

/// The values that `enum` or `const` accepts. Numbers are equal by value, the order of members does not matter.
struct AcceptedValues: Sendable {
    /// The types of the values.
    let types: SchemaTypes
    private let values: Set<[UInt8]>
    /// The values for a message.
    private let phrase: String

    /// The largest number of values.
    static let maximumCount = 1000
    /// The most values that a message lists.
    private static let listedValues = 10

    /// - Parameter values: at least one.
    init(_ values: [JSONValue]) {
        types = SchemaTypes(values.map(SchemaTypes.init(of:)))
        self.values = Set(values.map(CanonicalValue.bytes(of:)))
        let texts = values.prefix(Self.listedValues).map(\.text.shortened)
        let list = texts.joined(separator: ", ") + (values.count > texts.count ? ", …" : "")
        phrase = values.count == 1 ? "must be \(list)" : "must be one of \(list)"
    }

    /// What is wrong with a value; nil when the value is one of the accepted.
    func fault(of value: JSONValue) -> String? {
        // Most values of another type are not compared.
        let isPossible = types.contains(SchemaTypes(of: value))
        if isPossible, values.contains(CanonicalValue.bytes(of: value)) { return nil }
        return switch value {
        case .array, .object:
            "\(phrase), not \(types.contains(SchemaTypes(of: value)) ? "another value" : value.kindName)"
        default: "\(phrase), not \(Self.shortText(of: value))"
        }
    }

    private static func shortText(of value: JSONValue) -> String {
        if case .string(let text) = value { return JSONValue.string(text.shortened).text }
        return value.text.shortened
    }
}
