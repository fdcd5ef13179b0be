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

/// Which topics a reader wants: `auctions/*` (one level), `chat/**` (the
/// rest, at least one level), or a topic itself.
public struct TopicPattern: Hashable, Sendable, CustomStringConvertible {
    enum Level: Hashable {
        case name([UInt8])
        case one
        case rest
    }

    let levels: [Level]
    /// As it was written.
    public let description: String

    /// Whether it names exactly one topic.
    public let isExact: Bool

    /// What every matching topic begins with.
    let prefix: [UInt8]

    /// - Returns: nil when `text` is empty, longer than a topic may be, has an empty level or a control
    ///   character, a `*` inside a level, or a `**` that is not the last level.
    public init?(_ text: String) {
        guard (1...EventLimits.topic).contains(text.utf8.count), !text.utf8Span.span.bytes.hasControlCharacter else {
            return nil
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        var levels: [Level] = []
        for (index, part) in parts.enumerated() {
            let name = Array(part)
            switch name {
            case []: return nil
            case [UInt8(ascii: "*")]: levels.append(.one)
            case [UInt8(ascii: "*"), UInt8(ascii: "*")]:
                guard index == parts.count - 1 else { return nil }
                levels.append(.rest)
            default:
                guard !name.contains(UInt8(ascii: "*")) else { return nil }
                levels.append(.name(name))
            }
        }
        self.levels = levels
        description = text
        let fixed = levels.prefix { if case .name = $0 { true } else { false } }.count
        isExact = fixed == levels.count
        prefix =
            isExact
            ? Array(text.utf8)
            : parts.prefix(fixed).reduce(into: []) { $0 += Array($1) + [UInt8(ascii: "/")] }
    }

    public func matches(_ topic: String) -> Bool {
        var topic = topic
        return topic.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    func matches(_ topic: UnsafeRawBufferPointer) -> Bool {
        var rest = topic[...]
        for (index, level) in levels.enumerated() {
            if level == .rest { return !rest.isEmpty }
            guard !rest.isEmpty else { return false }
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            if case .name(let name) = level, !rest[..<end].elementsEqual(name) { return false }
            if end == rest.endIndex { return index == levels.count - 1 }
            rest = rest[(end + 1)...]
        }
        return false
    }
}
