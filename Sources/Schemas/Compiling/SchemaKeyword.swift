import JSON

/// The supported keywords of JSON Schema 2020-12.
enum SchemaKeyword: String, CaseIterable {
    case type, `enum`, const
    case minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf
    case minLength, maxLength, pattern, format
    case items, minItems, maxItems, uniqueItems
    case properties, required, additionalProperties, minProperties, maxProperties
    case reference = "$ref"
    case definitions = "$defs"
    case dialect = "$schema"
    // Annotations, which are checked for their type and otherwise ignored.
    case comment = "$comment"
    case title, description, `default`, examples, deprecated, readOnly, writeOnly

    /// A keyword with a name.
    ///
    /// - Throws: that the name is not supported, with what to write instead.
    init(name: String) throws(KeywordFault) {
        guard let keyword = SchemaKeyword(rawValue: name) else {
            throw KeywordFault(isName: true, message: Self.refusal(of: name))
        }
        self = keyword
    }

    private static func refusal(of name: String) -> String {
        let start = "'\(name.shortened)' is not a supported keyword; "
        switch name {
        case "$id", "$anchor", "$dynamicRef", "$dynamicAnchor":
            return start + "$ref names schemas by file and pointer: order.json#/$defs/item"
        case "definitions":
            return start + "did you mean '$defs'?"
        case "prefixItems", "additionalItems", "contains", "unevaluatedItems":
            return start + "items describes all elements; supported are \(supportedNames)"
        default:
            if let intended = Suggestion.nearest(to: name, among: allCases.map(\.rawValue)) {
                return start + "did you mean '\(intended)'?"
            }
            return start + "supported are \(supportedNames)"
        }
    }

    private static let supportedNames = allCases.map(\.rawValue).joined(separator: ", ")
}

/// What is wrong with the value or the name of a keyword.
struct KeywordFault: Error {
    /// The path from the value of the keyword to the value at fault.
    var steps: [String] = []
    var isName = false
    /// What is wrong and what to write instead.
    let message: String
}
