import JSON

/// What a field may hold, and how it is read from JSON and written back.
///
/// Lengths of text are counted in Unicode scalars, called characters in messages.
struct Rule<Value: Sendable>: Sendable {
    /// Words that follow "must be".
    let expectation: String
    let read: @Sendable (JSONValue) throws(Mismatch) -> Value
    /// The value as JSON; nil when it has none.
    let write: @Sendable (Value) -> JSONValue?
}

/// A value that breaks a rule.
struct Mismatch: Error {
    /// What came, as words that follow "not".
    let found: String
}

extension Rule<Bool> {
    static let flag = Rule(
        expectation: "true or false",
        read: { (json) throws(Mismatch) in
            guard let value = json.bool else { throw Mismatch(found: json.kindName) }
            return value
        },
        write: { .bool($0) })
}

extension Rule<Int> {
    static func integer(_ range: ClosedRange<Int>) -> Rule {
        let upperBound = range.upperBound == .max ? "or more" : "to \(range.upperBound)"
        return Rule(
            expectation: "a whole number, \(range.lowerBound) \(upperBound)",
            read: { (json) throws(Mismatch) in
                guard let number = json.number else { throw Mismatch(found: json.kindName) }
                guard let value = number.int, range.contains(value) else {
                    throw Mismatch(found: number.text.shortened)
                }
                return value
            },
            write: { .number(JSONNumber($0)) })
    }
}

extension Rule<Price> {
    static let price = price("a number, 0 or more", from: .zero)

    static let positivePrice = price("a number above 0", from: .smallest)

    private static func price(_ words: String, from least: Price) -> Rule {
        Rule(
            expectation: words + ", with at most \(Price.maximumIntegerDigits) digits before "
                + "and \(Price.maximumFractionDigits) after the decimal point",
            read: { (json) throws(Mismatch) in
                guard let number = json.number else { throw Mismatch(found: json.kindName) }
                guard let price = Price(number), price >= least else { throw Mismatch(found: number.text.shortened) }
                return price
            },
            write: { .number($0.number) })
    }
}

extension Rule {
    /// A value that may be absent; `null` does not stand for absence.
    static func optional<Wrapped>(_ rule: Rule<Wrapped>) -> Rule where Value == Wrapped? {
        Rule(
            expectation: rule.expectation,
            read: { (json) throws(Mismatch) in try rule.read(json) },
            write: { $0.flatMap(rule.write) })
    }
}
