import JSON
import KeyedRows

/// Reads the `where` of a page, in which `?name` is a parameter of the query and `??x` is the string `?x`.
struct PageFilterReader {
    private let collection: KnownCollection
    private var parameters: [PageFilter.Parameter] = []

    private static let comparisons: Set<String> = ["not", "lt", "lte", "gt", "gte", "in"]
    private static let maximumParameterBytes = 64

    init(_ collection: KnownCollection) { self.collection = collection }

    mutating func read(_ node: Node) -> PageFilter? {
        guard node.value.object != nil else {
            node.refuse(mustBe: "an object of fields with their conditions, as in {\"status\": \"?status\"}")
            return nil
        }
        var constants = JSONObject()
        for (field, node) in node.members(mustBe: "") {
            guard let rest = rest(field, node) else { continue }
            constants[field] = rest
        }
        // The pointers of faults are those of the definition, because no name changes.
        let filter = collection.filter(Node(value: .object(constants), pointer: node.pointer, faults: node.faults))
        guard let filter else { return nil }
        guard filter.tests.count + parameters.count <= RowFilter.maximumTests else {
            node.fault(
                "\"where\" has \(filter.tests.count + parameters.count) conditions; the limit is \(RowFilter.maximumTests)"
            )
            return nil
        }
        return PageFilter(constants: filter, parameters: parameters)
    }

    /// The constant part of the conditions on a field; nil when all are parameters.
    private mutating func rest(_ field: String, _ node: Node) -> JSONValue? {
        guard let conditions = node.value.object else { return constant(field, nil, node) }
        guard !conditions.isEmpty else { return node.value }
        var rest = JSONObject()
        for (comparison, node) in node.members(mustBe: "") {
            guard Self.comparisons.contains(comparison) else {
                rest[comparison] = node.value
                continue
            }
            rest[comparison] = constant(field, comparison, node)
        }
        return rest.isEmpty ? nil : .object(rest)
    }

    /// The value without the escape of `??`; nil for a parameter.
    private mutating func constant(_ field: String, _ comparison: String?, _ node: Node) -> JSONValue? {
        if let elements = node.value.array { return .array(elements.enumerated().map { element($1, $0, of: node) }) }
        guard let text = node.value.string, text.hasPrefix("?") else { return node.value }
        if text.hasPrefix("??") { return .string(String(text.dropFirst())) }
        let name = String(text.dropFirst())
        guard (1...Self.maximumParameterBytes).contains(name.utf8.count), !NameRule.hasControlCharacter(name) else {
            node.fault(
                "\"\(text.shortened)\" is not a parameter of the query; write ? and a name of 1 to \(Self.maximumParameterBytes) bytes, or \"??\" for text that begins with ?"
            )
            return nil
        }
        collection.check(field: field) { node.fault($0) }
        parameters.append(.init(field: field, comparison: comparison, name: name))
        return nil
    }

    /// An element of `in`, which cannot be a parameter.
    private func element(_ value: JSONValue, _ index: Int, of node: Node) -> JSONValue {
        guard let text = value.string, text.hasPrefix("?") else { return value }
        if !text.hasPrefix("??") {
            node.fault(
                at: JSONPointer([String(index)]), isName: false,
                "an element of \"in\" cannot be a parameter; write \"in\": \"\(text.shortened)\" for a list separated by commas"
            )
        }
        return .string(String(text.dropFirst()))
    }
}
