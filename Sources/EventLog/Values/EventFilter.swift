/// Which events a reader wants.
///
/// An empty list lets everything through; both lists must let an event through.
public struct EventFilter: Hashable, Sendable {
    /// How many patterns, and how many types, a filter may hold.
    public static let maximumCount = 64

    public let topics: [TopicPattern]
    public let types: [String]

    let typeBytes: [[UInt8]]

    public static let all = EventFilter()

    /// - Parameters:
    ///   - topics: at most `maximumCount`; an event matching any is let through.
    ///   - types: at most `maximumCount` exact types.
    public init(topics: [TopicPattern] = [], types: [String] = []) {
        precondition(topics.count <= Self.maximumCount && types.count <= Self.maximumCount, "a filter is bounded")
        self.topics = topics
        self.types = types
        typeBytes = types.map { Array($0.utf8) }
    }

    public var isAll: Bool { topics.isEmpty && types.isEmpty }

    public func matches(_ view: borrowing EventView) -> Bool {
        if isAll { return true }
        return matchesTopic(view) && matchesType(view)
    }

    func matchesTopic(_ view: borrowing EventView) -> Bool {
        topics.isEmpty || view.topic.withUnsafeBytes { topic in topics.contains { $0.matches(topic) } }
    }

    func matchesType(_ view: borrowing EventView) -> Bool {
        typeBytes.isEmpty || view.type.withUnsafeBytes { type in typeBytes.contains { type.elementsEqual($0) } }
    }
}
