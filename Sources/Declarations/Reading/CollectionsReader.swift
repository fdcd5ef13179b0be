import EventLog
import JSON
import KeyedRows

/// Reads `collections`.
struct CollectionsReader {
    private let topics: TopicRules
    private var known = KnownCollections()

    static let maximumCollections = 100
    private static let maximumTypes = 100
    private static let fromKeys = ["from", "key", "on", "index"]

    init(_ topics: TopicRules) { self.topics = topics }

    /// - Returns: the collections with `from`, with those that are grouped from them, and all of them by name.
    mutating func read(_ node: Node?) -> ([CollectionDefinition], KnownCollections) {
        let members =
            node?.members(mustBe: "an object of collections", limit: Self.maximumCollections, of: "collections") ?? []
        for (name, node) in members {
            known.declare(name)
            if !NameRule.isName(name) {
                node.nameFault(
                    "\"\(name.shortened)\" is not the name of a collection; write 1 to 64 letters, digits, _ and -, beginning with a letter or _"
                )
            }
        }
        var collections: [CollectionDefinition] = []
        var groups = GroupsReader()
        for (name, node) in members {
            if node.child("of") != nil || Self.isProbablyGrouped(node) {
                groups.declare(name, node)
            } else if let collection = collection(name, node) {
                collections.append(collection)
            }
        }
        for index in collections.indices {
            collections[index].groups = groups.read(of: collections[index].name, &known)
        }
        groups.readRest(&known)
        return (collections, known)
    }

    /// Whether `of` is probably misspelt or forgotten: the collection has `by`, which only those with `of` have.
    private static func isProbablyGrouped(_ node: Node) -> Bool {
        node.child("by") != nil && fromKeys.allSatisfy { $0 == "index" || node.child($0) == nil }
    }

    private mutating func collection(_ name: String, _ node: Node) -> CollectionDefinition? {
        let parts = "an object with from, key and on, or with of, by and fields"
        let keys = Self.fromKeys + (node.child("from") == nil ? ["of"] : [])
        guard node.keys(keys, mustBe: parts) else { return nil }
        let from = node.child("from")
        if node.lacks("from", among: keys) {
            node.nameFault(
                "the collection \(name.shortened) has neither from nor of; write the topics that it is made from, as in \"from\": \"orders/*\""
            )
        }
        let pattern = from.flatMap(readPattern)
        let values = ValueReader(topics, pattern)
        let key = node.child("key")
        if node.lacks("key", among: keys) {
            node.nameFault("the collection \(name.shortened) has no key; write a value, as in \"key\": \"topic.order\"")
        }
        let keyValue = key.flatMap(values.key)
        let operations = operations(node.child("on"), name, node, values, pattern)
        let collection = KnownCollection(
            name: name, fields: operations.fields, isComplete: operations.isComplete,
            keyName: keyValue == nil ? nil : key.flatMap(Self.keyName)
        )
        let indexes = collection.indexes(node.child("index"))
        known.add(collection)
        guard let pattern, let keyValue else { return nil }
        return CollectionDefinition(
            name: name, from: pattern, key: keyValue, operations: operations.byType, indexes: indexes)
    }

    private func readPattern(_ node: Node) -> TopicPattern? {
        guard let text = node.text(mustBe: "a topic or pattern, as in \"orders/*\"") else { return nil }
        if !text.contains("{"), let pattern = TopicPattern(text) { return pattern }
        let hint =
            text.contains("{")
            ? "names in braces belong to topics; write * for one level, as in orders/*"
            : "write levels as in orders/*, where * stands for one level and a last ** for all further levels"
        node.fault("\"\(text.shortened)\" is not a topic or pattern; \(hint)")
        return nil
    }

    /// The name after `topic.`.
    private static func keyName(_ node: Node) -> String? {
        guard let text = node.value.string, text.hasPrefix("topic.") else { return nil }
        return String(text.dropFirst("topic.".count))
    }

    /// Reads `on`.
    private func operations(
        _ on: Node?, _ name: String, _ collection: Node, _ values: ValueReader, _ pattern: TopicPattern?
    ) -> CollectionOperations {
        var operations = CollectionOperations()
        guard let on else {
            if collection.lacks("on", among: Self.fromKeys) {
                collection.nameFault(
                    "the collection \(name.shortened) has no \"on\"; write the operations of each event type")
            }
            operations.isComplete = false
            return operations
        }
        let types = on.members(
            mustBe: "an object of event types with their operations", limit: Self.maximumTypes, of: "types")
        if types.isEmpty { operations.isComplete = false }
        if on.value.object?.isEmpty == true {
            on.fault("\"on\" has no event types; write the operations of at least one")
        }
        let rules = pattern.map { pattern in topics.rules.filter { $0.template.overlaps(pattern) } } ?? []
        for (type, node) in types {
            check(type, node, rules)
            operations.read(type, node, values)
        }
        if operations.fieldCount > CollectionOperations.maximumFields {
            on.fault(
                "the collection \(name.shortened) has \(operations.fieldCount) fields; the limit is \(CollectionOperations.maximumFields)"
            )
        }
        return operations
    }

    /// Checks that events of the declared topics can have the type; topics that are not declared can have every type.
    private func check(_ type: String, _ node: Node, _ rules: [TopicRules.Rule]) {
        if let problem = NameRule.problem(ofType: type) {
            node.nameFault("the type \"\(type.shortened)\" \(problem); no event has such a type")
            return
        }
        guard rules.exclude(type) else { return }
        let hint = Suggestion.text(
            for: type, among: rules.flatMap(\.typeNames), list: "the types are", none: "they have no types")
        let declared = rules.prefix(3).map(\.template.description).joined(separator: ", ")
        node.nameFault("no event of \(declared) has the type \"\(type.shortened)\"; \(hint)")
    }
}
