import Commands
import JSON
import KeyedRows
import Schemas

/// Reads `commands`.
struct CommandsReader {
    private let topics: TopicRules
    private let collections: KnownCollections

    static let maximumCommands = 100
    private static let maximumMessageCharacters = 500
    private static let keys = ["topic", "event", "when", "unless", "code", "message"]
    private static let defaultCode = "conflict"

    init(_ topics: TopicRules, _ collections: KnownCollections) {
        (self.topics, self.collections) = (topics, collections)
    }

    func read(_ node: Node) -> [DeclaredCommand] {
        node.members(mustBe: "an object of commands", limit: Self.maximumCommands, of: "commands")
            .compactMap { command($0.name, $0.node) }
    }

    private func command(_ name: String, _ node: Node) -> DeclaredCommand? {
        if !NameRule.isName(name, allowsDots: true) {
            node.nameFault(
                "\"\(name.shortened)\" is not the name of a command; write 1 to 64 letters, digits, _, - and dots, beginning with a letter or _"
            )
        } else if NameRule.reservedEvents.contains(name) {
            node.nameFault("the command name \"\(name)\" is reserved by Socket.IO or the server; choose another name")
        }
        guard node.keys(Self.keys, mustBe: "an object with the keys \(Self.keys.joined(separator: ", "))") else {
            return nil
        }
        for (key, part) in [("topic", "topic"), ("event", "type")] where node.lacks(key, among: Self.keys) {
            node.nameFault(
                "the command \(name.shortened) has no \"\(key)\"; write the \(part) of the event that it appends")
        }
        let topic = node.child("topic").flatMap(readTopic)
        let event = node.child("event").flatMap { readEvent($0, topic) }
        let rowGuard = readGuard(node, topic)
        guard let topic, let event else { return nil }
        let rule = topics.rules.first { $0.template.overlaps(topic) && $0.types[event] != nil }
        return DeclaredCommand(
            name: name, topic: topic, event: event, rowGuard: rowGuard, rules: topics,
            formSchema: rule?.types[event]?.schema)
    }

    private func readTopic(_ node: Node) -> TopicTemplate? {
        guard let text = node.text(mustBe: "a topic, as in \"orders/{order}\"") else { return nil }
        if let topic = TopicTemplate(text) { return topic }
        node.fault(
            "\"\(text.shortened)\" is not a topic; write levels as in orders/{order}, where {order} is taken from the data"
        )
        return nil
    }

    /// A declared topic that the command's topic can match must not exclude the type.
    private func readEvent(_ node: Node, _ topic: TopicTemplate?) -> String? {
        guard let type = node.text(mustBe: "the type of an event, as in \"order.placed\"") else { return nil }
        if let problem = NameRule.problem(ofType: type) {
            node.fault("the type \"\(type.shortened)\" \(problem); choose another name")
            return nil
        }
        guard let topic else { return type }
        let rules = topics.rules.filter { $0.template.overlaps(topic) }
        if rules.exclude(type) {
            let hint = Suggestion.text(
                for: type, among: rules.flatMap(\.typeNames), list: "its types are", none: "it has no types")
            node.fault("the topic \(rules[0].template) has no type \"\(type.shortened)\"; \(hint)")
        }
        return type
    }

    // MARK: - Guards

    /// A condition on the guarding row.
    private struct Condition {
        let node: Node
        let collection: KnownCollection
        let filter: RowFilter
    }

    private func readGuard(_ node: Node, _ topic: TopicTemplate?) -> RowGuard? {
        let code = node.child("code").flatMap(Self.readCode) ?? Self.defaultCode
        let message = node.child("message")?.shortText(limit: Self.maximumMessageCharacters)
        if node.child("when") == nil, node.child("unless") == nil {
            guard ["when", "unless"].allSatisfy({ node.lacks($0, among: Self.keys) }) else { return nil }
            for key in ["code", "message"] {
                node.child(key)?.nameFault(
                    "\"\(key)\" is used when a row refuses the command; write \"when\" or \"unless\", or remove \"\(key)\""
                )
            }
            return nil
        }
        let when = node.child("when").flatMap(readCondition)
        let unless = node.child("unless").flatMap(readCondition)
        guard let guarding = when ?? unless else { return nil }
        if let when, let unless {
            if when.collection.name != unless.collection.name {
                unless.node.fault(
                    "one row guards a command; \"unless\" must name the collection \(when.collection.name), as \"when\" does"
                )
            } else if unless.filter.tests.isEmpty {
                unless.node.fault(
                    "\"when\" needs a row of \(when.collection.name) and \"unless\" refuses every row; remove one, or give \"unless\" a condition"
                )
            }
        }
        guard let topic, let keyName = Self.keyName(guarding, topic) else { return nil }
        return RowGuard(
            collection: guarding.collection.name, keyName: keyName, when: when?.filter, unless: unless?.filter,
            code: Refusal.Code(code, .conflict), message: message)
    }

    /// Reads the name of a collection, or `{collection: where}`.
    private func readCondition(_ node: Node) -> Condition? {
        let form =
            "a collection, or an object with one collection and its condition, as in {\"orders\": {\"status\": \"placed\"}}"
        if let name = node.value.string {
            return collections.find(name) { node.fault($0) }.map { Condition(node: node, collection: $0, filter: .all) }
        }
        let members = node.members(mustBe: form)
        guard let (name, filter) = members.first else {
            if node.value.object != nil { node.fault("\"\(node.pointer.steps.last ?? "")\" must be \(form)") }
            return nil
        }
        for (name, node) in members.dropFirst() {
            node.nameFault("one row guards a command; remove the second collection \"\(name.shortened)\"")
        }
        guard let collection = collections.find(name, { filter.nameFault($0) }) else { return nil }
        return collection.filter(filter).map { Condition(node: node, collection: collection, filter: $0) }
    }

    /// The name in the command's topic whose value is the key of the guarding row.
    private static func keyName(_ condition: Condition, _ topic: TopicTemplate) -> String? {
        let names = topic.names.map(\.name)
        if let name = condition.collection.keyName {
            if names.contains(name) { return name }
            condition.node.fault(
                "the rows of \(condition.collection.name) have the key topic.\(name.shortened), and the topic \(topic) has no {\(name.shortened)}; write that name into the topic"
            )
            return nil
        }
        if names.count == 1 { return names[0] }
        let found = names.isEmpty ? "no name" : "the names \(names.joined(separator: ", "))"
        condition.node.fault(
            "the topic \(topic) must have one name, which is the key of the row in \(condition.collection.name); it has \(found)"
        )
        return nil
    }

    private static func readCode(_ node: Node) -> String? {
        guard let code = node.text(mustBe: "text, as in \"not-payable\"") else { return nil }
        if NameRule.isCode(code) { return code }
        node.fault(
            "\"\(code.shortened)\" is not a code; write 1 to 64 lower case letters, digits and hyphens, as in \"not-payable\""
        )
        return nil
    }
}
