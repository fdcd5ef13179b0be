import EventLog

/// A topic with named levels: `orders/{order}`.
package struct TopicTemplate: Sendable, Hashable, CustomStringConvertible {
    enum Level: Sendable, Hashable {
        case literal([UInt8])
        case name(String)
    }

    let levels: [Level]
    package let description: String

    /// - Returns: nil when the text is not a topic in which each level is a name or `{name}`, with distinct names.
    package init?(_ text: String) {
        guard EventLimits.problem(ofTopic: text) == nil else { return nil }
        var levels: [Level] = []
        var names: Set<String> = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false) {
            if let name = NameRule.textInBraces(part) {
                guard NameRule.isName(name), names.insert(name).inserted else { return nil }
                levels.append(.name(name))
            } else {
                guard !part.utf8.contains(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }) else {
                    return nil
                }
                levels.append(.literal(Array(part.utf8)))
            }
        }
        self.levels = levels
        description = text
    }

    /// The names, with their levels; the first level is 0.
    package var names: [(name: String, level: Int)] {
        levels.enumerated().compactMap { index, level in
            if case .name(let name) = level { (name, index) } else { nil }
        }
    }

    package func matches(_ topic: String) -> Bool {
        var rest = topic.utf8[...]
        for (index, level) in levels.enumerated() {
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            let part = rest[..<end]
            switch level {
            case .literal(let name): if !part.elementsEqual(name) { return false }
            case .name: if part.isEmpty { return false }
            }
            if end == rest.endIndex { return index == levels.count - 1 }
            rest = rest[rest.index(after: end)...]
        }
        return false
    }

    /// The topic with values in place of the names; nil when a value is missing or cannot be one level of a topic
    /// (empty, with `/`, `*` or a control character, or too long).
    package func topic(_ values: [String: String]) -> String? {
        var parts: [String] = []
        for level in levels {
            switch level {
            case .literal(let name): parts.append(String(decoding: name, as: UTF8.self))
            case .name(let name):
                guard let value = values[name], Self.problem(ofLevel: value) == nil else { return nil }
                parts.append(value)
            }
        }
        let topic = parts.joined(separator: "/")
        return EventLimits.problem(ofTopic: topic) == nil ? topic : nil
    }

    /// Why a text cannot be one level of a topic, as the rest of a sentence after the text; nil when it can.
    static func problem(ofLevel text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > EventLimits.topic {
            return "has \(text.utf8.count) bytes; the limit is \(EventLimits.topic)"
        }
        if text.utf8.contains(UInt8(ascii: "/")) { return "contains '/'" }
        if text.utf8.contains(UInt8(ascii: "*")) { return "contains '*'" }
        return EventLimits.problem(ofTopic: text) == nil ? nil : "contains a control character"
    }

    /// Whether some topic matches this template and the other one.
    func overlaps(_ other: TopicTemplate) -> Bool {
        levels.count == other.levels.count && zip(levels, other.levels).allSatisfy(Self.overlaps)
    }

    private static func overlaps(_ left: Level, _ right: Level) -> Bool {
        guard case .literal(let left) = left, case .literal(let right) = right else { return true }
        return left == right
    }

    /// Whether some topic matches this template and the pattern.
    func overlaps(_ pattern: TopicPattern) -> Bool {
        let parts = pattern.description.split(separator: "/")
        for (index, part) in parts.enumerated() {
            guard index < levels.count else { return false }
            if part == "**" { return true }
            if part != "*", !Self.overlaps(levels[index], .literal(Array(part.utf8))) { return false }
        }
        return parts.count == levels.count
    }
}
