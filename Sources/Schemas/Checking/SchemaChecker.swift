import JSON

/// Checks values, with one nested call for each level of the value.
///
/// At each place of a value, all schemas that apply there are checked together and each only once. So the cost is
/// bounded by the size of the value times the number of schemas, also when `$ref` and `properties` lead to a schema
/// by several paths.
struct SchemaChecker {
    private let nodes: [SchemaRules]
    private let budget = PatternBudget()

    init(_ nodes: [SchemaRules]) { self.nodes = nodes }

    /// A fault, with the path from the checked value to the value at fault. The last step of the path is first.
    private struct Failure {
        var reversedSteps: [String] = []
        let message: String

        func inside(_ step: String) -> Failure { Failure(reversedSteps: reversedSteps + [step], message: message) }
    }

    /// The first fault of a value under the first schema; nil when the value fits.
    func mismatch(_ value: JSONValue) -> SchemaMismatch? {
        check(value, at: 0).map {
            SchemaMismatch(pointer: JSONPointer($0.reversedSteps.reversed()), message: $0.message)
        }
    }

    /// Schemas and those that their references lead to, each once.
    func following(_ schemas: [Int]) -> [Int] {
        var result: [Int] = []
        var seen: Set<Int> = []
        for schema in schemas {
            var next: Int? = schema
            while let current = next, seen.insert(current).inserted {
                result.append(current)
                next = nodes[current].reference
            }
        }
        return result
    }

    private func check(_ value: JSONValue, at schema: Int) -> Failure? {
        if nodes[schema].reference == nil { return check(value, CollectionOfOne(schema)) }
        return check(value, following([schema]))
    }

    private func check(_ value: JSONValue, followingFrom schemas: [Int]) -> Failure? {
        schemas.count == 1 ? check(value, at: schemas[0]) : check(value, following(schemas))
    }

    private func check(_ value: JSONValue, _ schemas: some Collection<Int>) -> Failure? {
        for schema in schemas {
            if let message = nodes[schema].fault(of: value, budget) { return Failure(message: message) }
            guard case .object(let object) = value, let rules = nodes[schema].objects else { continue }
            if let missing = rules.missing(in: object) { return Failure(message: "is missing").inside(missing) }
            if let message = rules.fault(of: object) { return Failure(message: message) }
        }
        return switch value {
        case .array(let elements): checkElements(elements, schemas)
        case .object(let object): checkMembers(object, schemas)
        default: nil
        }
    }

    private func checkElements(_ elements: [JSONValue], _ schemas: some Collection<Int>) -> Failure? {
        let items = following(schemas.compactMap { nodes[$0].arrays?.items })
        let areUnique = schemas.contains { nodes[$0].arrays?.areUnique ?? false }
        guard areUnique || !items.isEmpty else { return nil }
        var seen: [[UInt8]: Int] = [:]
        for (index, element) in elements.enumerated() {
            if areUnique, let earlier = seen.updateValue(index, forKey: CanonicalValue.bytes(of: element)) {
                return Failure(message: "is equal to element \(earlier), and all elements must be different")
                    .inside(String(index))
            }
            if !items.isEmpty, let failure = check(element, items) { return failure.inside(String(index)) }
        }
        return nil
    }

    private func checkMembers(_ object: JSONObject, _ schemas: some Collection<Int>) -> Failure? {
        guard schemas.contains(where: { nodes[$0].objects != nil }) else { return nil }
        for (name, value) in object.entries {
            var applied: [Int] = []
            for schema in schemas {
                switch nodes[schema].objects?.rule(for: name) {
                case .schema(let schema): applied.append(schema)
                case .refused:
                    return Failure(message: nodes[schema].objects?.refusal(of: name) ?? "").inside(name)
                case nil: break
                }
            }
            if !applied.isEmpty, let failure = check(value, followingFrom: applied) { return failure.inside(name) }
        }
        return nil
    }
}
