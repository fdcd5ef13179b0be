/// Finds the filters that match an event, by its topic and type, without testing each filter.
///
/// The topic patterns form a tree with a node for each level, so a lookup visits only the nodes that match the topic's
/// levels. Filters that have types and no topics are in a dictionary. Memory grows with the number of levels of all
/// patterns. Do not copy an index: copies share the tree.
package final class FilterIndex<Value: Hashable> {
    private final class Node {
        var names: [[UInt8]: Node] = [:]
        /// Below `*`.
        var one: Node?
        /// Values with a pattern that ends at this node.
        var ends: Set<Value> = []
        /// Values with a pattern that continues with `**`.
        var rests: Set<Value> = []

        var isEmpty: Bool { names.isEmpty && one == nil && ends.isEmpty && rests.isEmpty }
    }

    private let root = Node()
    /// Values whose filters have types and no topics.
    private var types: [[UInt8]: Set<Value>] = [:]
    /// The types of values whose filters also have topics.
    private var typesBesideTopics: [Value: Set<[UInt8]>] = [:]
    /// How many values there are.
    private(set) package var count = 0

    package init() {}

    /// Adds a value for the events that match `filter`.
    ///
    /// - Parameters:
    ///   - value: not in the index yet.
    ///   - filter: has at least one topic or type; a filter that matches every event needs no index.
    package func insert(_ value: Value, for filter: EventFilter) {
        precondition(!filter.isAll, "a filter in the index has a topic or a type")
        count += 1
        for pattern in filter.topics { Self.insert(value, pattern.levels[...], below: root) }
        if filter.topics.isEmpty {
            for type in filter.typeBytes { types[type, default: []].insert(value) }
        } else if !filter.typeBytes.isEmpty {
            typesBesideTopics[value] = Set(filter.typeBytes)
        }
    }

    /// Removes a value that was inserted for the same filter.
    package func remove(_ value: Value, for filter: EventFilter) {
        count -= 1
        for pattern in filter.topics { Self.remove(value, pattern.levels[...], below: root) }
        if filter.topics.isEmpty {
            for type in filter.typeBytes {
                types[type]?.remove(value)
                if types[type]?.isEmpty == true { types[type] = nil }
            }
        } else {
            typesBesideTopics[value] = nil
        }
    }

    /// Calls `body` with each value whose filter matches `event`, once for each pattern of the filter that matches.
    package func visitMatches(_ event: borrowing EventView, _ body: (Value) -> Void) {
        let type = types.isEmpty && typesBesideTopics.isEmpty ? [] : event.type.withUnsafeBytes { Array($0) }
        if !types.isEmpty { types[type]?.forEach(body) }
        event.topic.withUnsafeBytes { topic in
            Self.visit(root, topic[...]) { value in
                if let wanted = typesBesideTopics[value], !wanted.contains(type) { return }
                body(value)
            }
        }
    }

    private static func visit(_ node: Node, _ topic: Slice<UnsafeRawBufferPointer>, _ body: (Value) -> Void) {
        guard !topic.isEmpty else { return }
        node.rests.forEach(body)
        let end = topic.firstIndex(of: UInt8(ascii: "/"))
        let named = node.names.isEmpty ? nil : node.names[Array(topic[..<(end ?? topic.endIndex)])]
        for child in [named, node.one] {
            guard let child else { continue }
            if let end {
                visit(child, topic[(end + 1)...], body)
            } else {
                child.ends.forEach(body)
            }
        }
    }

    private static func insert(_ value: Value, _ levels: ArraySlice<TopicPattern.Level>, below node: Node) {
        guard let level = levels.first else {
            node.ends.insert(value)
            return
        }
        switch level {
        case .rest:
            node.rests.insert(value)
        case .one:
            let child = node.one ?? Node()
            node.one = child
            insert(value, levels.dropFirst(), below: child)
        case .name(let name):
            let child = node.names[name] ?? Node()
            node.names[name] = child
            insert(value, levels.dropFirst(), below: child)
        }
    }

    /// Removes a value and the nodes that are empty without it.
    private static func remove(_ value: Value, _ levels: ArraySlice<TopicPattern.Level>, below node: Node) {
        guard let level = levels.first else {
            node.ends.remove(value)
            return
        }
        switch level {
        case .rest:
            node.rests.remove(value)
        case .one:
            guard let child = node.one else { return }
            remove(value, levels.dropFirst(), below: child)
            if child.isEmpty { node.one = nil }
        case .name(let name):
            guard let child = node.names[name] else { return }
            remove(value, levels.dropFirst(), below: child)
            if child.isEmpty { node.names[name] = nil }
        }
    }
}
