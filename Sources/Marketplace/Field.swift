import JSON

/// A named field of a value, with the rule for what it may hold.
struct Field<Target: Sendable>: Sendable {
    let name: String
    /// Whether a new value must be given it.
    let isRequired: Bool
    /// What the rule asks for, as words that follow "must be".
    let expectation: String
    let read: @Sendable (JSONValue, inout Target) throws(Mismatch) -> Void
    /// The value as JSON; nil when it has none.
    let write: @Sendable (Target) -> JSONValue?

    init<Value: Sendable>(
        _ name: String, _ path: any WritableKeyPath<Target, Value> & Sendable, _ rule: Rule<Value>,
        isRequired: Bool = false
    ) {
        self.name = name
        self.isRequired = isRequired
        expectation = rule.expectation
        read = { (json, target) throws(Mismatch) in target[keyPath: path] = try rule.read(json) }
        write = { target in rule.write(target[keyPath: path]) }
    }
}
