/// A selection of events by topic and type.
///
/// An event matches when it matches one of the topics and one of the types. An empty list matches every event.
public struct EventFilter: Hashable, Sendable {
    /// The largest number of patterns, and of types, in a filter.
    public static let maximumCount = 64

    /// The patterns, of which a topic must match one; when empty, every topic matches.
    public let topics: [TopicPattern]
    /// The types, of which an event must have one; when empty, every type matches.
    public let types: [String]

    let typeBytes: [[UInt8]]

    /// The filter that matches every event.
    public static let all = EventFilter()

    /// Makes a filter.
    ///
    /// - Parameters:
    ///   - topics: at most `maximumCount` patterns.
    ///   - types: at most `maximumCount` types, written in full.
    /// - Precondition: neither list has more than `maximumCount` elements.
    public init(topics: [TopicPattern] = [], types: [String] = []) {
        precondition(
            topics.count <= Self.maximumCount && types.count <= Self.maximumCount,
            "a filter has at most \(Self.maximumCount) topics and \(Self.maximumCount) types")
        self.topics = topics
        self.types = types
        typeBytes = types.map { Array($0.utf8) }
    }

    /// Whether the filter matches every event.
    public var isAll: Bool { topics.isEmpty && types.isEmpty }

    /// Whether an event matches.
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

/// A topic, or a pattern of topics.
///
/// `*` stands for one level, as in `auctions/*`. `**` stands for all further levels, at least one, as in `chat/**`, and
/// must be the last level.
public struct TopicPattern: Hashable, Sendable, CustomStringConvertible {
    enum Level: Hashable {
        case name([UInt8])
        case one
        case rest
    }

    let levels: [Level]
    /// The text that the pattern was made from.
    public let description: String

    /// Whether the pattern is a topic, without `*` and `**`.
    public let isExact: Bool

    /// The bytes that every matching topic begins with.
    let prefix: [UInt8]

    /// The number of levels of `prefix`.
    private let fixedLevels: Int

    /// Reads a pattern.
    ///
    /// - Returns: nil when `text` is empty, longer than a topic may be, has an empty level or a control character, a `*`
    ///   inside a level, or a `**` that is not the last level.
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
        fixedLevels = fixed
        isExact = fixed == levels.count
        prefix =
            isExact
            ? Array(text.utf8)
            : parts.prefix(fixed).reduce(into: []) { $0 += Array($1) + [UInt8(ascii: "/")] }
    }

    /// Whether a topic matches.
    public func matches(_ topic: String) -> Bool {
        var topic = topic
        return topic.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    func matches(_ topic: UnsafeRawBufferPointer) -> Bool {
        // Most patterns are fixed levels and one `*` or `**`: the bytes are compared without a look at the levels.
        guard topic.count >= prefix.count, prefix.withUnsafeBytes({ topic.hasPrefix($0) }) else { return false }
        var rest = topic[prefix.count...]
        if isExact { return rest.isEmpty }
        for index in fixedLevels..<levels.count {
            let level = levels[index]
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

extension UnsafeRawBufferPointer {
    fileprivate func hasPrefix(_ prefix: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<prefix.count where self[index] != prefix[index] { return false }
        return true
    }
}

extension TopicPattern {
    /// Reads a pattern that is a constant of the program, such as `"chat/**"`.
    ///
    /// - Precondition: the text is a pattern; ``init(_:)`` is for text that may not be one.
    public init(constant text: String) {
        guard let pattern = TopicPattern(text) else { preconditionFailure("'\(text)' is not a topic or pattern") }
        self = pattern
    }
}
