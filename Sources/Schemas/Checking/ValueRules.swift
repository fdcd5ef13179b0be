import JSON

/// The rules for strings.
struct StringRules: Sendable {
    /// The limits of the length in Unicode scalars.
    var minLength: Int?
    var maxLength: Int?
    var pattern: Pattern?
    var format: StringFormat?

    /// What is wrong with a string; nil when the string fits.
    func fault(of text: String, _ budget: PatternBudget) -> String? {
        if minLength != nil || maxLength != nil {
            let count = text.unicodeScalars.count
            if let fault = CountFault.fault(count, minLength, maxLength, "character") { return fault }
        }
        if let format, !format.matches(text) { return "must be \(format.phrase), not \(quoted(text))" }
        guard let pattern else { return nil }
        switch pattern.matches(text, budget) {
        case true: return nil
        case false: return "must match the pattern \(pattern.text.shortened), and \(quoted(text)) does not"
        case nil:
            return "is too long for the pattern \(pattern.text.shortened); shorten the text, or simplify the pattern"
        }
    }

    private func quoted(_ text: String) -> String { JSONValue.string(text.shortened).text }
}

/// The rules for arrays.
struct ArrayRules: Sendable {
    /// The schema of all elements.
    var items: Int?
    var minItems: Int?
    var maxItems: Int?
    var areUnique = false

    /// What is wrong with the number of elements; nil when it fits.
    func fault(of elements: [JSONValue]) -> String? {
        CountFault.fault(elements.count, minItems, maxItems, "element")
    }
}

/// The rules for objects.
struct ObjectRules: Sendable {
    /// What is required of a member.
    enum MemberRule: Sendable {
        case schema(Int)
        case refused
    }

    var required: [String] = []
    var properties: [ExactText: Int] = [:]
    /// The rule for the members that `properties` does not name.
    var additional: MemberRule?
    var minProperties: Int?
    var maxProperties: Int?

    /// The first required member that an object does not have; nil when it has all.
    func missing(in object: JSONObject) -> String? { required.first { object[$0] == nil } }

    /// What is wrong with the number of members; nil when it fits.
    func fault(of object: JSONObject) -> String? {
        CountFault.fault(object.count, minProperties, maxProperties, "member")
    }

    /// The rule for a member; nil when there is none.
    func rule(for name: String) -> MemberRule? { properties[ExactText(name)].map { .schema($0) } ?? additional }

    /// Why a member is refused that `properties` does not name.
    func refusal(of name: String) -> String {
        let names = properties.keys.map(\.text).sorted()
        if names.isEmpty { return "is not allowed; the schema allows no members" }
        if let intended = Suggestion.nearest(to: name, among: names) {
            return "is not allowed; did you mean \(intended)?"
        }
        let list = names.prefix(Self.listedNames).map(\.shortened).joined(separator: ", ")
        return "is not allowed; allowed members are \(list)" + (names.count > Self.listedNames ? ", …" : "")
    }

    /// The most names that a message lists.
    private static let listedNames = 20
}

/// Words for a number of characters, elements or members that is out of bounds.
enum CountFault {
    /// - Parameter noun: what is counted, in the singular.
    /// - Returns: nil when the count is within the bounds.
    static func fault(_ count: Int, _ minimum: Int?, _ maximum: Int?, _ noun: String) -> String? {
        if let minimum, count < minimum { return "must have at least \(counted(minimum, noun)), not \(count)" }
        if let maximum, count > maximum { return "must have at most \(counted(maximum, noun)), not \(count)" }
        return nil
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
