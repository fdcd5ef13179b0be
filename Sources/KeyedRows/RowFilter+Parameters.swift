package import Inspection
import JSON

extension RowFilter {
    /// How conditions are written, for messages.
    private static let form = "write where[field]=value or where[field][gte]=value"

    /// Whether a parameter of a query is read by `init(parameters:)`: `where` and names that begin with `where[`.
    package static func isParameter(_ name: String) -> Bool { name == "where" || name.hasPrefix("where[") }

    /// Reads the parameters `where[field]=value` and `where[field][gte]=value` of a query; others are ignored.
    ///
    /// Values are text, and match numbers, booleans and null that are written like them. The names of fields cannot
    /// have brackets.
    package init(parameters: [(name: String, value: String)]) throws(InvalidParameter) {
        let conditions = parameters.filter { Self.isParameter($0.name) }
        guard conditions.count <= Self.maximumTests else {
            throw InvalidParameter(
                "where", nil, "has \(conditions.count) conditions", "the limit is \(Self.maximumTests)")
        }
        tests = []
        for (name, value) in conditions {
            let (field, comparison) = try Self.parts(of: name)
            tests += try Self.tests(field, comparison, text: value)
        }
    }

    /// The tests of a condition with text from a query.
    ///
    /// The text equals a string with these bytes, and a number, boolean or null that is written so. Order comparisons
    /// compare with numbers when the text is a JSON number, else with strings. The values of `in` are separated by
    /// commas.
    ///
    /// - Throws: when the text, or a value of `in`, is too long, or there are too many values.
    package static func tests(
        _ field: String, _ comparison: Comparison, text: String
    ) throws(InvalidParameter) -> [Test] {
        let texts =
            comparison == .isIn
            ? text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) : [text.utf8[...]]
        let name = "where[\(field.prefix(64))]"
        guard texts.count <= maximumValues else {
            throw InvalidParameter(name, nil, "has \(texts.count) values", "the limit is \(maximumValues)")
        }
        for text in texts where text.count > maximumValueBytes {
            throw InvalidParameter(
                name, String(Substring(text)), "has \(text.count) bytes", "the limit is \(maximumValueBytes)")
        }
        let meanings = texts.flatMap { Self.meanings(of: String(Substring($0))) }
        switch comparison {
        case .equals, .isIn: return [Test(field, meanings.count == 1 ? .equals(meanings[0]) : .isIn(meanings))]
        case .not: return meanings.map { Test(field, .not($0)) }
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            return [Test(field, comparison.condition(meanings.first { $0.number != nil } ?? .string(text)))]
        }
    }

    /// The values that are written like a text: the string, and at most one of another kind.
    private static func meanings(of text: String) -> [JSONValue] {
        let other: JSONValue? =
            switch text {
            case "true": .bool(true)
            case "false": .bool(false)
            case "null": .null
            default: JSONNumber(text).map(JSONValue.number)
            }
        return [.string(text)] + (other.map { [$0] } ?? [])
    }

    /// The field and the comparison of `where[field]` and `where[field][gte]`.
    private static func parts(of name: String) throws(InvalidParameter) -> (field: String, Comparison) {
        guard name != "where" else { throw InvalidParameter("where", nil, "has no field", form) }
        var parts: [Substring] = []
        var rest = name.dropFirst("where".count)
        while rest.first == "[", let end = rest.firstIndex(of: "]") {
            parts.append(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        }
        guard rest.isEmpty, (1...2).contains(parts.count), !parts[0].isEmpty, !parts[0].contains("[") else {
            throw InvalidParameter("where", name, "is not a condition", form)
        }
        guard parts.count == 2 else { return (String(parts[0]), .equals) }
        guard !parts[1].isEmpty, let comparison = Comparison(rawValue: String(parts[1])) else {
            throw InvalidParameter(
                "where[\(parts[0].prefix(64))]", String(parts[1]), "is not a comparison", "write \(Comparison.names)")
        }
        return (String(parts[0]), comparison)
    }
}
