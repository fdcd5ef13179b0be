import JSON
import KeyedRows

/// Reads the collections with `of`, from the collections that they group downwards.
struct GroupsReader {
    private struct Source {
        let name: String
        let node: Node
        /// The name of the grouped collection; nil when `of` is missing or no text.
        let parent: String?
        var isRead = false
    }

    private var sources: [Source] = []

    /// The maximum number of collections with `of` that are grouped one from the other.
    static let maximumLevels = 16
    private static let keys = ["of", "by", "where", "fields", "index"]
    /// The keys of collections with `from`, which have their own fault.
    private static let fromKeys = ["from", "key", "on"]
    private static let aggregates = ["count", "sum", "min", "max"]

    mutating func declare(_ name: String, _ node: Node) {
        let of = node.child("of")
        sources.append(Source(name: name, node: node, parent: of?.text(mustBe: "the name of a collection")))
    }

    /// Reads the collections that are grouped from a collection, and those grouped from them.
    mutating func read(of parent: String, level: Int = 1, _ known: inout KnownCollections) -> [GroupDefinition] {
        guard let collection = known[parent] else { return [] }
        var groups: [GroupDefinition] = []
        for index in sources.indices where !sources[index].isRead && sources[index].parent == parent {
            sources[index].isRead = true
            let source = sources[index]
            guard level <= Self.maximumLevels else {
                source.node.child("of")?.fault(
                    "\(source.name) is at level \(level) of collections that are grouped from others; the limit is \(Self.maximumLevels)"
                )
                continue
            }
            guard var group = group(source, of: collection, &known) else { continue }
            group.groups = read(of: source.name, level: level + 1, &known)
            groups.append(group)
        }
        return groups
    }

    /// Reads the collections that `read(of:)` did not reach, and adds the faults of what they are grouped from.
    mutating func readRest(_ known: inout KnownCollections) {
        for cycle in cycles() {
            let path = (cycle + [cycle[0]]).map { sources[$0].name.shortened }.joined(separator: " of ")
            sources[cycle[0]].node.child("of")?.fault(
                "\(sources[cycle[0]].name.shortened) is grouped from itself: \(path); group one of them from a collection with from"
            )
        }
        for index in sources.indices where !sources[index].isRead {
            sources[index].isRead = true
            let source = sources[index]
            if let parent = source.parent {
                _ = known.find(parent) { source.node.child("of")?.fault($0) }
            }
            let hidden = KnownCollection(name: source.parent ?? "", fields: [], isComplete: false, keyName: nil)
            _ = group(source, of: hidden, &known)
        }
    }

    /// The cycles among the collections that were not read, each once, by the indices of its members.
    private func cycles() -> [[Int]] {
        let rest = sources.indices.filter { !sources[$0].isRead }
        var byName: [String: Int] = [:]
        for index in rest { byName[sources[index].name] = index }
        var isVisited: Set<Int> = []
        var cycles: [[Int]] = []
        for start in rest where !isVisited.contains(start) {
            var path: [Int] = []
            var next: Int? = start
            while let index = next, isVisited.insert(index).inserted {
                path.append(index)
                next = sources[index].parent.flatMap { byName[$0] }
            }
            if let next, let first = path.firstIndex(of: next) { cycles.append(Array(path[first...])) }
        }
        return cycles
    }

    /// The keys that a grouped collection must have, with what they stand for.
    private static let required = [
        ("of", "the collection whose rows are grouped"), ("by", "the field whose values make the groups"),
        ("fields", "at least one, as in {\"orders\": \"count\"}"),
    ]

    private func group(
        _ source: Source, of parent: KnownCollection, _ known: inout KnownCollections
    ) -> GroupDefinition? {
        let node = source.node
        let keys = Self.keys + Self.fromKeys
        for key in Self.fromKeys {
            node.child(key)?.nameFault(
                "a collection with \"of\" has no \"\(key)\"; its rows are made from the rows of \(source.parent?.shortened ?? "another collection")"
            )
        }
        guard node.keys(keys, mustBe: "an object with of, by and fields") else {
            return nil
        }
        for (key, meaning) in Self.required where node.lacks(key, among: keys) {
            node.nameFault("the collection \(source.name.shortened) has no \"\(key)\"; write \(meaning)")
        }
        let by = node.child("by").flatMap { Self.field($0, of: parent) }
        let filter = node.child("where").map { parent.filter($0) } ?? .all
        let fields = Self.fields(node.child("fields"), of: parent)
        let isComplete = node.child("fields")?.value.object?.isEmpty == false
        let names = node.child("fields")?.value.object.map { Array($0.keys.prefix(CollectionOperations.maximumFields)) }
        let collection = KnownCollection(name: source.name, fields: names ?? [], isComplete: isComplete, keyName: nil)
        let indexes = collection.indexes(node.child("index"))
        known.add(collection)
        // Not nil for a collection with faults: the collections that are grouped from this one are still read.
        return GroupDefinition(
            name: source.name, by: by ?? "", filter: filter ?? .all, fields: fields, indexes: indexes)
    }

    private static func field(_ node: Node, of collection: KnownCollection) -> String? {
        guard let field = node.text(mustBe: "the name of a field") else { return nil }
        collection.check(field: field) { node.fault($0) }
        return field
    }

    private static func fields(_ node: Node?, of parent: KnownCollection) -> [AggregateField] {
        guard let node else { return [] }
        let members = node.members(
            mustBe: "an object of fields, as in {\"orders\": \"count\", \"spent\": \"sum total\"}",
            limit: CollectionOperations.maximumFields, of: "fields")
        if node.value.object?.isEmpty == true {
            node.fault("\"fields\" has no fields; write at least one, as in {\"orders\": \"count\"}")
        }
        return members.compactMap { name, node in
            if let problem = NameRule.problem(ofField: name) {
                node.nameFault("the field \"\(name.shortened)\" \(problem); choose another name")
            }
            return aggregate(node, of: parent).map { AggregateField(name, $0) }
        }
    }

    private static func aggregate(_ node: Node, of parent: KnownCollection) -> AggregateField.Aggregate? {
        let forms = "\"count\", \"sum FIELD\", \"min FIELD\" or \"max FIELD\""
        guard let text = node.text(mustBe: forms) else { return nil }
        if text == "count" { return .count }
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty, ["sum", "min", "max"].contains(parts[0]) else {
            let near = Suggestion.nearest(to: parts[0], among: aggregates).flatMap { near -> String? in
                near == "count" ? "count" : near + " " + (parts.count == 2 && !parts[1].isEmpty ? parts[1] : "FIELD")
            }
            let hint = near.map { "did you mean \"\($0)\"?" } ?? "write \(forms)"
            node.fault("\"\(text.shortened)\" is not an aggregate; \(hint)")
            return nil
        }
        parent.check(field: parts[1]) { node.fault($0) }
        return parts[0] == "sum" ? .sum(parts[1]) : parts[0] == "min" ? .min(parts[1]) : .max(parts[1])
    }
}
