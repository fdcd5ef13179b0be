package import JSON

/// A fault in the `where` of a definition.
package struct QueryFault: Error, Sendable, Hashable {
    /// The place of the fault, from the value of `where`.
    package let pointer: JSONPointer
    /// Whether the name of the member at `pointer` is at fault, and not its value.
    package let isName: Bool
    package let message: String
    package init(pointer: JSONPointer, isName: Bool = false, message: String) {
        (self.pointer, self.isName, self.message) = (pointer, isName, message)
    }
}

extension RowFilter {
    /// Reads `where` of a definition: `{field: value}` or `{field: {"not"|"lt"|"lte"|"gt"|"gte"|"in": …}}`.
    ///
    /// A field may have several comparisons, all of which must hold: `{"total": {"gte": 10, "lt": 20}}`.
    ///
    /// - Throws: the first fault, with the pointer from `json`.
    package init(_ json: JSONValue) throws(QueryFault) {
        let pointer = JSONPointer()
        guard let fields = json.object else {
            throw QueryFault(
                pointer: pointer,
                message: "where must be an object of fields and conditions, and is \(json.kindName)")
        }
        tests = []
        for (field, condition) in fields.entries {
            tests += try Self.tests(field, condition, at: pointer.appending(field))
            guard tests.count <= Self.maximumTests else {
                throw QueryFault(
                    pointer: pointer.appending(field), isName: true,
                    message: "there are more than \(Self.maximumTests) conditions, which is the limit")
            }
        }
    }

    private static func tests(
        _ field: String, _ json: JSONValue, at pointer: JSONPointer
    ) throws(QueryFault) -> [Test] {
        guard !field.isEmpty else {
            throw QueryFault(pointer: pointer, isName: true, message: "the name of a field must not be empty")
        }
        guard let comparisons = json.object else { return [Test(field, .equals(try operand(json, at: pointer)))] }
        guard !comparisons.isEmpty else {
            throw QueryFault(
                pointer: pointer, message: "a condition must have a comparison: \(Comparison.names)")
        }
        return try comparisons.entries.map { name, value throws(QueryFault) in
            let pointer = pointer.appending(name)
            guard !name.isEmpty, let comparison = Comparison(rawValue: name) else {
                throw QueryFault(
                    pointer: pointer, isName: true,
                    message: "'\(name.prefix(64))' is not a comparison; write \(Comparison.names)")
            }
            return Test(field, try condition(comparison, value, at: pointer))
        }
    }

    private static func condition(
        _ comparison: Comparison, _ value: JSONValue, at pointer: JSONPointer
    ) throws(QueryFault) -> Condition {
        guard comparison != .isIn else { return .isIn(try operands(value, at: pointer)) }
        let value = try operand(value, at: pointer)
        switch value {
        case .number, .string: break
        case .null, .bool, .array, .object:
            guard comparison.isOrder else { break }
            throw QueryFault(
                pointer: pointer,
                message: "\(comparison.rawValue) compares with a number or a string, and not with \(value.kindName)")
        }
        return comparison.condition(value)
    }

    private static func operands(_ json: JSONValue, at pointer: JSONPointer) throws(QueryFault) -> [JSONValue] {
        guard let values = json.array else {
            throw QueryFault(pointer: pointer, message: "in must be an array of values, and is \(json.kindName)")
        }
        guard (1...maximumValues).contains(values.count) else {
            throw QueryFault(
                pointer: pointer, message: "in must have 1 to \(maximumValues) values, and has \(values.count)")
        }
        return try values.enumerated().map { place, value throws(QueryFault) in
            try operand(value, at: pointer.appending(String(place)))
        }
    }

    private static func operand(_ json: JSONValue, at pointer: JSONPointer) throws(QueryFault) -> JSONValue {
        let bytes: Int
        switch json {
        case .null, .bool: return json
        case .number(let number): bytes = number.text.utf8.count
        case .string(let text): bytes = text.utf8.count
        case .array, .object:
            throw QueryFault(
                pointer: pointer,
                message: "a field is compared with a string, number, boolean or null, and not with \(json.kindName)"
                    + (json.array == nil ? "" : "; to match one of several values, write {\"in\": […]}"))
        }
        guard bytes <= maximumValueBytes else {
            throw QueryFault(
                pointer: pointer,
                message: "the value has \(bytes) bytes, and the limit is \(maximumValueBytes)")
        }
        return json
    }
}
