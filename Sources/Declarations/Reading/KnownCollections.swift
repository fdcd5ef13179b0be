import JSON
import KeyedRows

/// A collection as other parts of `app.json` refer to it.
struct KnownCollection {
    let name: String
    /// The names of the fields, each once.
    let fields: [String]
    /// False when a fault hides fields, so that unknown fields are no faults.
    let isComplete: Bool
    /// The name of the topic's level that is the key; nil for another key.
    let keyName: String?

    /// Adds a fault when the collection does not have a field.
    func check(field: String, _ fault: (String) -> Void) {
        guard isComplete, !fields.contains(where: field.hasSameBytes) else { return }
        let hint = Suggestion.text(for: field, among: fields, list: "its fields are", none: "it has no fields")
        fault("\(name) has no field \"\(field.shortened)\"; \(hint)")
    }

    /// Reads a `where`, and checks its fields.
    func filter(_ node: Node) -> RowFilter? {
        do throws(QueryFault) {
            let filter = try RowFilter(Self.plain(node.value, of: node))
            for test in filter.tests {
                check(field: test.field) { node.fault(at: JSONPointer([test.field]), isName: true, $0) }
            }
            return filter
        } catch {
            node.fault(at: error.pointer, isName: error.isName, error.message)
            return nil
        }
    }

    /// The conditions without the escape of `==`. A text with one `=` is a fault, because it is probably a constant as
    /// operations have them, and would match no row.
    private static func plain(_ value: JSONValue, of node: Node, at pointer: JSONPointer = JSONPointer()) -> JSONValue {
        switch value {
        case .null, .bool, .number: return value
        case .string(let text):
            guard text.hasPrefix("=") else { return value }
            let rest = String(text.dropFirst())
            if !rest.hasPrefix("=") {
                node.fault(
                    at: pointer, isName: false,
                    "write \"\(rest.shortened)\"; values of where are plain JSON, and \"=\(text.shortened)\" is the text \(text.shortened)"
                )
            }
            return .string(rest)
        case .array(let elements):
            return .array(elements.enumerated().map { plain($1, of: node, at: pointer.appending(String($0))) })
        case .object(let object):
            return .object(
                JSONObject(object.entries.map { ($0.key, plain($0.value, of: node, at: pointer.appending($0.key))) }))
        }
    }

    /// Reads `index`: different fields of the collection.
    func indexes(_ node: Node?) -> [String] {
        guard let node else { return [] }
        var indexes: [String] = []
        for element in node.elements(
            mustBe: "an array of fields", limit: CollectionOperations.maximumFields, of: "fields"
        ) {
            guard let field = element.text(mustBe: "the name of a field") else { continue }
            check(field: field) { element.fault($0) }
            if indexes.contains(where: field.hasSameBytes) {
                element.fault("the field \"\(field.shortened)\" occurs twice; remove one of them")
            } else {
                indexes.append(field)
            }
        }
        return indexes
    }
}

/// The collections of an application by their names.
struct KnownCollections {
    private var byName: [ExactText: KnownCollection] = [:]
    /// All names, also of collections with faults, in the order of the definition.
    private(set) var names: [String] = []

    mutating func declare(_ name: String) { names.append(name) }

    mutating func add(_ collection: KnownCollection) { byName[collection.name] = collection }

    subscript(name: String) -> KnownCollection? { byName[name] }

    /// The collection with a name; nil, with a fault that `fault` adds, when there is none.
    func find(_ name: String, _ fault: (String) -> Void) -> KnownCollection? {
        if let collection = byName[name] { return collection }
        if !names.contains(where: name.hasSameBytes) {
            let hint = Suggestion.text(
                for: name, among: names, list: "the collections are", none: "app.json has no collections")
            fault("there is no collection \"\(name.shortened)\"; \(hint)")
        }
        return nil
    }
}
