package import Commands
package import JSON
package import KeyedRows
import Schemas

/// A command: one event, guarded by one row.
package struct DeclaredCommand: Sendable {
    package let name: String
    package let topic: TopicTemplate
    package let event: String
    let rowGuard: RowGuard?
    /// The declared topics, for the schema of the event.
    let rules: TopicRules
    /// The schema of the event on the first declared topic that the command's topic can match, for forms.
    let formSchema: Schema?

    /// The name of the collection whose row guards the command; nil without a guard.
    package var collection: String? { rowGuard?.collection }

    /// Decides the command.
    ///
    /// - Parameters:
    ///   - command: its data are an object: the values of the topic's names, and the data of the event.
    ///   - state: the collection of the guard; nil without a guard.
    /// - Returns: the event, whose data are those of the command without the values of the topic's names.
    /// - Throws: `invalid` for a version or for data that are not an object; `missing` or `invalid` with the field of a
    ///   topic name; then the guard: the code of the command (409), `not-found` for `when` without a row; then
    ///   `undeclared`, or `schema` with the pointer as field (`/amount`).
    package func decide(_ command: Command, on state: CollectionState?) throws(Refusal) -> DecidedEvent {
        if let version = command.ifVersion {
            throw Refusal(
                code: .invalid, message: "\(name) does not check versions; send the command without version \(version)")
        }
        let (topic, data) = try parts(of: command)
        if let rowGuard {
            guard let state else { preconditionFailure("\(name) is guarded by \(rowGuard.collection)") }
            let key = try value(of: rowGuard.keyName, in: command.data.object ?? [:])
            try rowGuard.check(key: key, in: state, for: name)
        }
        let value = JSONValue.object(data)
        if let rule = try rules.rule(for: topic)?.type(event), let mismatch = rule.schema?.mismatch(value) {
            throw .schema(mismatch)
        }
        return DecidedEvent(topic: topic, type: event, data: value)
    }

    /// Whether a command would append an event with this topic and data. A command whose id is already used repeats the
    /// earlier command only then.
    package func repeats(_ command: Command, topic: String, data: JSONValue) -> Bool {
        guard let parts = try? parts(of: command) else { return false }
        return parts.topic.hasSameBytes(as: topic) && .object(parts.data) == data
    }

    /// The topic of the event, and its data: those of the command without the values of the topic's names.
    private func parts(of command: Command) throws(Refusal) -> (topic: String, data: JSONObject) {
        guard let object = command.data.object else {
            throw Refusal(
                code: .invalid, message: "the data of \(name) must be an object, not \(command.data.kindName)")
        }
        let names = topic.names.map(\.name)
        var values: [String: String] = [:]
        for name in names { values[name] = try value(of: name, in: object) }
        guard let topic = topic.topic(values) else {
            throw Refusal(
                code: .invalid, message: "the values of \(self.topic) make a topic that is too long; send shorter ones",
                field: names.last)
        }
        let rest = object.entries.lazy.filter { !names.contains(where: $0.key.hasSameBytes) }.map { ($0.key, $0.value) }
        return (topic, JSONObject(rest))
    }

    /// The value of one of the topic's names: text, or a number in canonical form.
    private func value(of name: String, in object: JSONObject) throws(Refusal) -> String {
        let expectation = "text or a number that can be one level of a topic"
        guard let json = object[name] else { throw .missing(name, mustBe: expectation) }
        let text: String? =
            switch json {
            case .string(let text): text
            case .number(let number): ExactDecimal(number)?.number.text
            default: nil
            }
        let shown =
            switch json {
            case .string(let text): "\"\(text.shortened)\""
            case .number(let number): number.text.shortened
            default: json.kindName
            }
        guard let text else { throw .invalid(name, mustBe: expectation, found: shown) }
        if let problem = TopicTemplate.problem(ofLevel: text) {
            throw .invalid(name, mustBe: expectation, found: "\(shown), which \(problem)")
        }
        return text
    }
}

/// The row that guards a command: the row whose key is the value of one of the topic's names.
struct RowGuard: Sendable {
    let collection: String
    let keyName: String
    /// What the row must match; nil when no row is needed.
    let when: RowFilter?
    /// What a row must not match; nil when every row is accepted.
    let unless: RowFilter?
    let code: Refusal.Code
    /// The message of a refusal with `code`; nil for one that names the row and the condition.
    let message: String?

    /// - Throws: `not-found` for `when` without a row; `code` when the row does not match.
    func check(key: String, in state: CollectionState, for command: String) throws(Refusal) {
        let row = RowKey(key).flatMap { state.row($0) }
        let name = "\(keyName) \(key.shortened)"
        if let when {
            guard let row else {
                throw Refusal(
                    code: .notFound, message: "there is no \(name) in the collection \(collection)", field: keyName)
            }
            if let test = when.tests.first(where: { !RowFilter([$0]).matches(row, of: state) }) {
                throw refusal("\(name) has \(test.found(in: row, of: state)), and \(command) needs \(test.wanted)")
            }
        }
        guard let unless, let row, unless.matches(row, of: state) else { return }
        if unless.tests.isEmpty { throw refusal("\(name) exists already in the collection \(collection)") }
        let found = unless.tests.map { $0.found(in: row, of: state) }.joined(separator: " and ")
        throw refusal("\(name) has \(found), which \(command) does not allow")
    }

    private func refusal(_ text: String) -> Refusal {
        Refusal(code: code, message: message ?? text, field: keyName)
    }
}

extension RowFilter.Test {
    /// The value of the field, in words that follow "has": `status "paid"`, `no status`.
    fileprivate func found(in row: Row, of state: CollectionState) -> String {
        guard let index = state.fieldIndex(field), let value = row.values[index] else { return "no \(field)" }
        return "\(field) \(value.text.shortened)"
    }

    /// What the condition accepts, in words that follow "needs".
    fileprivate var wanted: String {
        switch condition {
        case .equals(let value): value.text.shortened
        case .not(let value): "another \(field) than \(value.text.shortened)"
        case .less(let value): "less than \(value.text.shortened)"
        case .lessOrEqual(let value): "at most \(value.text.shortened)"
        case .greater(let value): "more than \(value.text.shortened)"
        case .greaterOrEqual(let value): "at least \(value.text.shortened)"
        case .isIn(let values): "one of \(JSONValue.array(values).text.shortened)"
        }
    }
}
