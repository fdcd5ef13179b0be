import EventLog
import JSON
import KeyedRows

/// Reads the values of operations and keys: paths, `=text` and constants.
struct ValueReader {
    /// The topics of the collection; nil when they have a fault.
    private let pattern: TopicPattern?
    /// The declared topics that can match one of the collection's.
    private let templates: [TopicTemplate]
    /// Where the names of these topics are.
    private let levels: [String: [(template: TopicTemplate, level: Int)]]

    private static let roots = ["data", "topic", "time", "offset", "id", "source"]
    private static let forms =
        "write data.NAME, topic.NAME, time, offset, id or source for a value of the event"

    init(_ topics: TopicRules, _ pattern: TopicPattern?) {
        self.pattern = pattern
        templates = pattern.map { pattern in topics.rules.map(\.template).filter { $0.overlaps(pattern) } } ?? []
        levels = templates.reduce(into: [:]) { levels, template in
            for (name, level) in template.names { levels[name, default: []].append((template, level)) }
        }
    }

    /// Reads a value.
    func value(_ node: Node) -> ValueExpression? {
        switch node.value {
        case .string(let text): expression(text, node)
        case .null, .bool, .number: .constant(node.value)
        case .array, .object:
            refused(
                node,
                "\(node.value.kindName) is not a value; \(Self.forms), \"=text\" for this text, a number, true, false or null"
            )
        }
    }

    /// Reads a value that must be a number in the events.
    func number(_ node: Node) -> ValueExpression? {
        guard let value = value(node) else { return nil }
        switch value {
        case .data, .offset, .topicLevel: return value
        case .constant(.number(let number)):
            if ExactDecimal(number) != nil { return value }
            return refused(node, "\(number.text.shortened) has too many digits; a number that is added has at most 34")
        case .constant, .time, .id, .source:
            return refused(
                node, "\(node.value.text.shortened) is not a number; write a number or a path such as \"data.amount\"")
        }
    }

    /// Reads the key of a collection.
    func key(_ node: Node) -> ValueExpression? {
        guard let value = value(node) else { return nil }
        guard case .constant(let constant) = value else { return value }
        switch constant {
        case .string(let text) where RowKey(text) != nil: return value
        case .number(let number) where ExactDecimal(number) != nil: return value
        default:
            return refused(
                node,
                "\(node.value.text.shortened) cannot be the key of a row; a key is text of 1 to \(RowKey.maximumBytes) bytes or a number, as in \"topic.order\""
            )
        }
    }

    private func expression(_ text: String, _ node: Node) -> ValueExpression? {
        if text.hasPrefix("=") { return .constant(.string(String(text.dropFirst()))) }
        let steps = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        switch (text, steps[0]) {
        case ("time", _): return .time
        case ("offset", _): return .offset
        case ("id", _): return .id
        case ("source", _): return .source
        case (_, "data"): return data(steps, node)
        case (_, "topic") where steps.count == 2: return level(steps[1], node)
        default: return unknown(text, root: steps[0], node)
        }
    }

    private func data(_ steps: [String], _ node: Node) -> ValueExpression? {
        let names = Array(steps.dropFirst())
        guard !names.contains("") else {
            return refused(
                node,
                "the path \"\(steps.joined(separator: ".").shortened)\" has an empty name; write names as in data.amount"
            )
        }
        guard names.count <= JSONValue.defaultMaximumDepth else {
            return refused(
                node,
                "the path has \(names.count) names; the limit is \(JSONValue.defaultMaximumDepth), the depth of data")
        }
        return .data(names)
    }

    private func unknown(_ text: String, root: String, _ node: Node) -> ValueExpression? {
        if let near = Suggestion.nearest(to: root, among: Self.roots) {
            // `topic` without a name, or with more than one, is near to itself.
            let meant = near == root ? (root == "topic" ? "topic.NAME" : root) : near + text.dropFirst(root.count)
            return refused(
                node,
                "\"\(text.shortened)\" is not a value; did you mean \"\(meant.shortened)\", or \"=\(text.shortened)\" for this text?"
            )
        }
        return refused(
            node, "\"\(text.shortened)\" is not a value; \(Self.forms), and \"=\(text.shortened)\" for this text")
    }

    /// The level with a name, in the declared topics that can match one of the collection's.
    private func level(_ name: String, _ node: Node) -> ValueExpression? {
        guard let pattern else { return nil }
        let found = levels[name] ?? []
        guard let first = found.first else {
            let names = templates.flatMap(\.names).map(\.name)
            let none =
                templates.isEmpty
                ? "no declared topic matches \(pattern), so declare one such as \"\(Self.example(pattern, name))\""
                : "\(templates[0]) has no names"
            let hint = Suggestion.text(for: name, among: names, list: "the names are", none: none)
            return refused(node, "no topic of \(pattern) has the name \"\(name.shortened)\"; \(hint)")
        }
        if let other = found.first(where: { $0.level != first.level }) {
            return refused(
                node,
                "\"\(name)\" is level \(first.level + 1) of \(first.template) and level \(other.level + 1) of \(other.template); narrow \"from\" or use another name"
            )
        }
        return .topicLevel(first.level)
    }

    /// A topic with a name in place of the last `*` of a pattern.
    private static func example(_ pattern: TopicPattern, _ name: String) -> String {
        var parts = pattern.description.split(separator: "/").map(String.init)
        let wanted = NameRule.isName(name) ? name : "name"
        if let last = parts.lastIndex(where: { $0.hasPrefix("*") }) { parts[last] = "{\(wanted)}" }
        return parts.joined(separator: "/")
    }

    private func refused(_ node: Node, _ message: @autoclosure () -> String) -> ValueExpression? {
        node.fault(message())
        return nil
    }
}
