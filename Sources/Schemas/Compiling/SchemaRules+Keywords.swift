import JSON

extension SchemaRules {
    /// Reads a keyword that contains no schemas.
    mutating func read(_ keyword: SchemaKeyword, _ value: JSONValue) throws(KeywordFault) {
        switch keyword {
        case .type: types = try KeywordValue.types(value)
        case .enum: values = AcceptedValues(try KeywordValue.accepted(value))
        case .const: constant = AcceptedValues([value])
        case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf: try readNumberRule(keyword, value)
        case .minLength, .maxLength, .pattern, .format: try readStringRule(keyword, value)
        case .minItems: arrays[orNew: ArrayRules()].minItems = try KeywordValue.count(value)
        case .maxItems: arrays[orNew: ArrayRules()].maxItems = try KeywordValue.count(value)
        case .uniqueItems: arrays[orNew: ArrayRules()].areUnique = try KeywordValue.boolean(value)
        case .required: objects[orNew: ObjectRules()].required = try KeywordValue.names(value)
        case .minProperties: objects[orNew: ObjectRules()].minProperties = try KeywordValue.count(value)
        case .maxProperties: objects[orNew: ObjectRules()].maxProperties = try KeywordValue.count(value)
        case .dialect: try KeywordValue.checkDialect(value)
        case .comment, .title, .description: _ = try KeywordValue.string(value)
        case .deprecated, .readOnly, .writeOnly: _ = try KeywordValue.boolean(value)
        case .examples: _ = try KeywordValue.array(value)
        case .default: break
        case .items, .properties, .additionalProperties, .reference, .definitions:
            preconditionFailure("\(keyword) is read by the compiler")
        }
    }

    private mutating func readNumberRule(_ keyword: SchemaKeyword, _ value: JSONValue) throws(KeywordFault) {
        guard let number = value.number else {
            throw KeywordFault(message: "must be a number, not \(value.kindName)")
        }
        let bound = NumberBound(number)
        var rules = numbers ?? NumberRules()
        switch keyword {
        case .minimum: rules.minimum = bound
        case .maximum: rules.maximum = bound
        case .exclusiveMinimum: rules.exclusiveMinimum = bound
        case .exclusiveMaximum: rules.exclusiveMaximum = bound
        default:
            guard let divisor = Divisor(number) else {
                throw KeywordFault(
                    message: "must be greater than 0 and have at most \(Divisor.maximumDigits) digits, not "
                        + bound.text)
            }
            rules.divisor = divisor
        }
        numbers = rules
    }

    private mutating func readStringRule(_ keyword: SchemaKeyword, _ value: JSONValue) throws(KeywordFault) {
        var rules = strings ?? StringRules()
        switch keyword {
        case .minLength: rules.minLength = try KeywordValue.count(value)
        case .maxLength: rules.maxLength = try KeywordValue.count(value)
        case .format: rules.format = try KeywordValue.format(value)
        default: rules.pattern = try KeywordValue.pattern(value)
        }
        strings = rules
    }
}

/// Reads the values of keywords.
private enum KeywordValue {
    static let dialect = "https://json-schema.org/draft/2020-12/schema"

    static func string(_ value: JSONValue) throws(KeywordFault) -> String {
        guard let text = value.string else { throw KeywordFault(message: "must be a string, not \(value.kindName)") }
        return text
    }

    static func boolean(_ value: JSONValue) throws(KeywordFault) -> Bool {
        guard let flag = value.bool else {
            throw KeywordFault(message: "must be true or false, not \(value.kindName)")
        }
        return flag
    }

    static func array(_ value: JSONValue) throws(KeywordFault) -> [JSONValue] {
        guard let elements = value.array else {
            throw KeywordFault(message: "must be an array, not \(value.kindName)")
        }
        return elements
    }

    /// A whole number that is not negative.
    static func count(_ value: JSONValue) throws(KeywordFault) -> Int {
        guard let count = value.int, count >= 0 else {
            let found = value.number?.text.shortened ?? value.kindName
            throw KeywordFault(message: "must be a whole number from 0 to \(Int.max), not \(found)")
        }
        return count
    }

    /// Different strings.
    static func names(_ value: JSONValue) throws(KeywordFault) -> [String] {
        var seen: Set<ExactText> = []
        var names: [String] = []
        for (index, element) in try array(value).enumerated() {
            guard let name = element.string else {
                throw KeywordFault(
                    steps: [String(index)], message: "must be the name of a member, not \(element.kindName)")
            }
            guard seen.insert(ExactText(name)).inserted else {
                throw KeywordFault(
                    steps: [String(index)], message: "'\(name.shortened)' is listed twice; remove one of them")
            }
            names.append(name)
        }
        return names
    }

    static func types(_ value: JSONValue) throws(KeywordFault) -> SchemaTypes {
        guard case .array(let elements) = value else { return try type(value, steps: []) }
        guard !elements.isEmpty else { throw KeywordFault(message: "must name at least one type") }
        var types: SchemaTypes = []
        for (index, element) in elements.enumerated() {
            let type = try type(element, steps: [String(index)])
            guard types.insert(type).inserted else {
                throw KeywordFault(
                    steps: [String(index)], message: "'\(element.string ?? "")' is listed twice; remove one of them")
            }
        }
        return types
    }

    private static func type(_ value: JSONValue, steps: [String]) throws(KeywordFault) -> SchemaTypes {
        guard let name = value.string else {
            throw KeywordFault(
                steps: steps, message: "must be the name of a type or an array of them, not \(value.kindName)")
        }
        guard let type = SchemaTypes.all.first(where: { $0.name == name }) else {
            let names = SchemaTypes.all.map(\.name)
            throw KeywordFault(steps: steps, message: unknown(name, "type", among: names))
        }
        return type.type
    }

    static func accepted(_ value: JSONValue) throws(KeywordFault) -> [JSONValue] {
        let values = try array(value)
        guard !values.isEmpty else { throw KeywordFault(message: "must have at least one value") }
        guard values.count <= AcceptedValues.maximumCount else {
            throw KeywordFault(
                message: "has \(values.count) values and the limit is \(AcceptedValues.maximumCount); use pattern, or "
                    + "check the values elsewhere")
        }
        return values
    }

    static func format(_ value: JSONValue) throws(KeywordFault) -> StringFormat {
        let name = try string(value)
        guard let format = StringFormat(rawValue: name) else {
            throw KeywordFault(message: unknown(name, "format", among: StringFormat.allCases.map(\.rawValue)))
        }
        return format
    }

    static func pattern(_ value: JSONValue) throws(KeywordFault) -> Pattern {
        let text = try string(value)
        do throws(PatternFault) {
            return try Pattern(text)
        } catch {
            throw KeywordFault(message: error.message)
        }
    }

    static func checkDialect(_ value: JSONValue) throws(KeywordFault) {
        let name = try string(value)
        guard name == dialect || name == dialect + "#" else {
            throw KeywordFault(message: "'\(name.shortened)' is not supported; write \(dialect) or leave $schema out")
        }
    }

    private static func unknown(_ name: String, _ noun: String, among names: [String]) -> String {
        let start = "'\(name.shortened)' is not a supported \(noun); "
        if let intended = Suggestion.nearest(to: name, among: names) { return start + "did you mean '\(intended)'?" }
        return start + "supported are \(names.joined(separator: ", "))"
    }
}
