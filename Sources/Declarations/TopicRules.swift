package import Commands
package import EventLog
package import JSON
import Schemas

/// The declared topics: which types may be appended, with which data.
package struct TopicRules: Sendable {
    /// What is declared for a type of a topic.
    struct TypeRule: Sendable {
        var schema: Schema?
        var isCommandOnly = false
        /// The commands that append the type, for messages.
        var commands: [String] = []
    }

    /// A declared topic. No topic matches two of them.
    struct Rule: Sendable {
        var template: TopicTemplate
        var types: [ExactText: TypeRule] = [:]
        /// The names of the types in the order of the definition.
        var typeNames: [String] = []
        var isClosed = false
    }

    private(set) var rules: [Rule]
    /// The indices of the rules by the number of their levels, so that few are compared with a topic.
    private let byLevels: [Int: [Int]]

    package init() { self.init([]) }

    init(_ rules: [Rule]) {
        self.rules = rules
        byLevels = Dictionary(grouping: rules.indices) { rules[$0].template.levels.count }
    }

    /// The declared topics, in the order of the definition.
    package var templates: [TopicTemplate] { rules.map(\.template) }

    /// The declared topic that a topic matches.
    func rule(for topic: String) -> Rule? {
        let levels = topic.utf8.count { $0 == UInt8(ascii: "/") } + 1
        return byLevels[levels]?.first { rules[$0].template.matches(topic) }.map { rules[$0] }
    }

    /// Names a command in the message for clients that append its event themselves.
    mutating func add(_ command: DeclaredCommand) {
        for index in rules.indices where rules[index].template.overlaps(command.topic) {
            rules[index].types[command.event]?.commands.append(command.name)
        }
    }
}

extension TopicRules {
    /// Checks an event that a client appends itself.
    ///
    /// - Parameter allowsCommandTypes: whether types that only commands append are accepted, as when a history is
    ///   imported.
    /// - Returns: the value of the data, if it had to be parsed; nil otherwise.
    /// - Throws: `schema` with the pointer in `field` (`/data/amount`), `command-only`, or `undeclared` for a type that
    ///   a closed topic does not have.
    @discardableResult
    package func check(
        topic: String, type: String, data: EventData, allowsCommandTypes: Bool
    ) throws(Refusal) -> JSONValue? {
        guard let rule = rule(for: topic), let typeRule = try rule.type(type) else { return nil }
        if typeRule.isCommandOnly, !allowsCommandTypes {
            throw .commandOnly(type, of: rule.template, commands: typeRule.commands)
        }
        guard let schema = typeRule.schema else { return nil }
        guard case .json(let bytes) = data else {
            throw Refusal(
                code: .schema, message: "the data of \(type) must be JSON, because the type has a schema, not bytes",
                field: "data")
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw Refusal(code: .schema, message: "the data of \(type) are not JSON: \(error)", field: "data")
        }
        if let mismatch = schema.mismatch(value) { throw .schema(mismatch, below: JSONPointer(["data"])) }
        return value
    }
}

extension TopicRules.Rule {
    /// What is declared for a type; nil for another type on a topic that is not closed.
    ///
    /// - Throws: `undeclared` when the topic is closed and does not have the type.
    func type(_ type: String) throws(Refusal) -> TopicRules.TypeRule? {
        if let rule = types[type] { return rule }
        guard isClosed else { return nil }
        let known = typeNames.isEmpty ? "it has no types" : "its types are \(typeNames.joined(separator: ", "))"
        throw Refusal(
            code: .undeclared,
            message: "the topic \(template) is closed and has no type \"\(type.shortened)\"; \(known)", field: "type")
    }
}

extension Refusal.Code {
    /// The data of an event do not fit the schema of its type.
    package static let schema = Refusal.Code("schema", .invalid)
    /// A type that only commands append was appended by a client.
    package static let commandOnly = Refusal.Code("command-only", .invalid)
    /// A closed topic does not have the type.
    package static let undeclared = Refusal.Code("undeclared", .invalid)
}

extension Refusal {
    /// The refusal of data that do not fit a schema.
    ///
    /// - Parameter base: where the checked value is in what the client sent.
    static func schema(_ mismatch: SchemaMismatch, below base: JSONPointer = JSONPointer()) -> Refusal {
        let pointer = JSONPointer(base.steps + mismatch.pointer.steps).description
        return Refusal(
            code: .schema, message: "\(pointer.isEmpty ? "the data" : pointer) \(mismatch.message)",
            field: pointer.isEmpty ? nil : pointer)
    }

    fileprivate static func commandOnly(_ type: String, of topic: TopicTemplate, commands: [String]) -> Refusal {
        let remedy =
            commands.isEmpty
            ? "no command of this application appends it"
            : "send the command \(commands.joined(separator: " or ")) instead"
        return Refusal(
            code: .commandOnly, message: "\(type) on \(topic) is only appended by commands; \(remedy)", field: "type")
    }
}

extension [TopicRules.Rule] {
    /// Whether no event of these topics is likely to have a type.
    ///
    /// No topic declares such a type, and either all topics are closed, or the type is probably a misspelling of a
    /// declared one.
    func exclude(_ type: String) -> Bool {
        guard !isEmpty, allSatisfy({ $0.types[type] == nil }) else { return false }
        return allSatisfy(\.isClosed)
            || Suggestion.nearest(to: type, among: flatMap(\.typeNames), maximumChanges: 1) != nil
    }
}
