package import EventLog
import JSON

/// A test of one field of an event, as the option `--field` has it.
///
/// The field of the event determines how values are compared: a number by its value (`19.9` is equal to `19.90`), a string
/// by its characters, a time as a time, and everything else, such as `null` and `true`, by its JSON text. An absent field
/// passes no test. A field of another kind than the value passes only `!=`.
package struct FieldTest: Sendable {
    enum Field: Sendable {
        case offset, time, topic, type, source, id
        case data(FieldPath)
    }

    enum Comparison: String, Sendable, CaseIterable {
        // Operators of two characters come first, because `>=` begins with `>`.
        case different = "!="
        case atLeast = ">="
        case atMost = "<="
        case equal = "="
        case greater = ">"
        case less = "<"
        case contains = "~"
    }

    private let field: Field
    /// Nil when the test is only whether the field exists.
    private let comparison: Comparison?
    private let operand: FieldOperand

    /// A test as a user writes it.
    ///
    /// - Parameter text: `data.price>100`, `topic~auctions`, `data.user.name=Ada` or `data.tags`. A name with a dot or an
    ///   operator is in quotes: `data."a.b"`. A value is in quotes when it is text that looks like a number,
    ///   `data.code="12"`, or begins with an operator, `data.text~"=>"`.
    /// - Throws: what is wrong with the text.
    package init(_ text: String) throws(Mistake) {
        let (path, comparison, value) = try Self.parts(of: text)
        field = try Self.field(path, text)
        self.comparison = comparison
        operand = FieldOperand(value)
        try check(text, value)
    }

    /// Whether an event passes the test.
    package func passes(_ view: borrowing EventView) -> Bool {
        switch field {
        case .offset: passes(.number(JSONNumber(view.offset.rawValue)))
        case .time: passes(.time(view.time))
        case .topic: passes(.text(view.topicText))
        case .type: passes(.text(view.typeText))
        case .source: view.source.byteCount > 0 && passes(.text(Self.text(view.source)))
        case .id: view.id.byteCount > 0 && passes(.text(Self.text(view.id)))
        case .data(let path): view.isJSON && view.data.withUnsafeBytes { passes($0, path) }
        }
    }

    private static func text(_ name: RawSpan) -> String {
        name.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func passes(_ data: UnsafeRawBufferPointer, _ path: FieldPath) -> Bool {
        guard let range = path.find(in: data) else { return false }
        if comparison == nil { return true }
        return passes(FieldValue(UnsafeRawBufferPointer(rebasing: data[range])))
    }

    private func passes(_ value: FieldValue) -> Bool {
        guard let comparison else { return true }
        if comparison == .contains { return operand.isContained(in: value) }
        guard let order = operand.order(of: value) else { return comparison == .different }
        return switch comparison {
        case .equal: order == .equal
        case .different: order != .equal
        case .greater: order == .greater
        case .less: order == .less
        case .atLeast: order == .equal || order == .greater
        case .atMost: order == .equal || order == .less
        case .contains: false
        }
    }
}

extension FieldTest {
    /// What is wrong with the text of a test, and what the correct form is.
    package struct Mistake: Error, CustomStringConvertible {
        /// The message.
        package let description: String
    }

    /// Splits the text at the first operator outside of quotes.
    private static func parts(of text: String) throws(Mistake) -> (path: Substring, Comparison?, value: String) {
        var isQuoted = false
        for index in text.indices {
            if text[index] == "\"" { isQuoted.toggle() }
            guard !isQuoted,
                let comparison = Comparison.allCases.first(where: { text[index...].hasPrefix($0.rawValue) })
            else { continue }
            let value = text[index...].dropFirst(comparison.rawValue.count)
            if comparison == .equal, value.hasPrefix("=") {
                throw Mistake(
                    description: "equality is written with one '=': \(text[..<index])=\(value.drop { $0 == "=" })")
            }
            let (path, operand) = (trimmed(text[..<index]), trimmed(value))
            let surplus = operand.prefix { "=<>~".contains($0) }
            guard surplus.isEmpty else {
                throw Mistake(
                    description: """
                        '\(comparison.rawValue)\(surplus)' is not an operator; the operators are = != > >= < <= and ~, and a value that begins \
                        with one of them must be in quotes: \(path)\(comparison.rawValue)"\(operand)"
                        """)
            }
            return (path, comparison, String(operand))
        }
        if isQuoted {
            throw Mistake(description: "a quote is not closed; write a name with dots like data.\"a.b\"")
        }
        return (trimmed(text[...]), nil, "")
    }

    /// Removes the spaces around an operator; spaces inside quotes stay.
    private static func trimmed(_ text: Substring) -> Substring {
        text.trimmed { $0 == " " }
    }

    private static func field(_ path: Substring, _ text: String) throws(Mistake) -> Field {
        let names = try names(of: path)
        switch (names[0], names.count) {
        case ("offset", 1): return .offset
        case ("time", 1): return .time
        case ("topic", 1): return .topic
        case ("type", 1): return .type
        case ("source", 1): return .source
        case ("id", 1): return .id
        case ("data", _): return .data(FieldPath(Array(names.dropFirst())))
        default:
            let example = path.isEmpty ? "price" : path
            throw Mistake(
                description:
                    "'\(path)' is not a field; a field is topic, type, source, id, offset or time, or begins with data, such as data.\(example)"
            )
        }
    }

    private static func names(of path: Substring) throws(Mistake) -> [String] {
        var names = [""]
        var isQuoted = false
        for character in path {
            switch character {
            case "\"": isQuoted.toggle()
            case "." where !isQuoted: names.append("")
            case "!" where !isQuoted, " " where !isQuoted:
                throw Mistake(
                    description:
                        "'\(path)' contains '\(character)'; the operators are = != > >= < <= and ~, and a name with other characters must be in quotes"
                )
            default: names[names.count - 1].append(character)
            }
        }
        guard names.count == 1 || !names.contains("") else {
            throw Mistake(
                description:
                    "'\(path)' has an empty name; write names with one dot between them, such as data.user.name")
        }
        guard names.count <= FieldPath.maximumSteps + 1 else {
            throw Mistake(
                description:
                    "a path has at most \(FieldPath.maximumSteps) names below data; this path has \(names.count - 1)")
        }
        return names
    }

    /// Throws for a test that no event can pass.
    private func check(_ text: String, _ value: String) throws(Mistake) {
        guard let comparison else { return }
        if value.hasPrefix("\""), (try? JSONValue(parsing: value))?.string == nil {
            throw Mistake(
                description:
                    "the value \(value) begins with a quote and is not a JSON string; write it like \"Ada\", or omit the quotes"
            )
        }
        if value.isEmpty, comparison != .equal, comparison != .different {
            throw Mistake(
                description: "the value after '\(comparison.rawValue)' is missing; write one, such as \(text)100")
        }
        if comparison == .contains { return }
        switch field {
        case .offset where operand.number == nil:
            throw Mistake(description: "an offset is compared with a whole number, not '\(value)'")
        case .time where operand.time == nil:
            throw Mistake(
                description:
                    "a time is compared with a time such as 2026-01-02T03:04:05Z, a date or an age such as 2h, not '\(value)'"
            )
        default: return
        }
    }
}

/// The value of a field of an event.
enum FieldValue {
    case number(JSONNumber)
    case text(String)
    case time(Timestamp)
    /// `true`, `false`, `null`, an array or an object, as JSON text.
    case other([UInt8])

    /// The value of a field of the data.
    ///
    /// - Parameter json: the JSON text of the value.
    init(_ json: UnsafeRawBufferPointer) {
        switch json.first ?? 0 {
        case UInt8(ascii: "\""):
            self = .text(
                String(
                    decoding: JSONEscapes.resolved(UnsafeRawBufferPointer(rebasing: json.dropFirst().dropLast())),
                    as: UTF8.self))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            self = JSONNumber(String(decoding: json, as: UTF8.self)).map(Self.number) ?? .other(Array(json))
        default: self = .other(Array(json))
        }
    }
}

/// The value with which a test compares a field.
struct FieldOperand: Sendable {
    enum Order { case less, equal, greater }

    private let text: String
    /// The value as a number; nil when it is in quotes or not a number.
    let number: JSONNumber?
    private let double: Double
    let time: Timestamp?
    private let search: TextSearch?

    init(_ written: String) {
        let quoted = written.hasPrefix("\"") ? (try? JSONValue(parsing: written))?.string : nil
        text = quoted ?? written
        number = quoted == nil ? JSONNumber(written) : nil
        double = number?.double ?? 0
        time = Timestamp(text, before: .now())
        search = text.isEmpty ? nil : TextSearch(text)
    }

    /// The order of `value` relative to this value; nil when they have different kinds.
    func order(of value: FieldValue) -> Order? {
        switch value {
        case .number(let value): number.map { order(value, $0) }
        case .text(let value): order(value)
        case .time(let value): time.map { value == $0 ? .equal : value < $0 ? .less : .greater }
        case .other(let value): value == Array(text.utf8) ? .equal : nil
        }
    }

    /// Whether the characters of `value` contain the text.
    func isContained(in value: FieldValue) -> Bool {
        guard let search else { return true }
        let characters: [UInt8] =
            switch value {
            case .number(let value): Array(value.text.utf8)
            case .text(let value): Array(value.utf8)
            case .time(let value): Array(value.description.utf8)
            case .other(let value): value.withUnsafeBytes(JSONEscapes.resolved)
            }
        return characters.withUnsafeBytes(search.isIn)
    }

    /// Compares the nearest doubles, and then the integers if both numbers are whole, for numbers beyond 2⁵³. Numbers that
    /// differ only after the seventeenth digit count as equal.
    private func order(_ value: JSONNumber, _ number: JSONNumber) -> Order {
        let nearest = value.double
        if nearest != double { return nearest < double ? .less : .greater }
        guard let value = value.int, let number = number.int, value != number else { return .equal }
        return value < number ? .less : .greater
    }

    /// Compares text. When this value is a number, text can only be equal, and is neither less nor greater.
    private func order(_ value: String) -> Order? {
        if value.unicodeScalars.elementsEqual(text.unicodeScalars) { return .equal }
        guard number == nil else { return nil }
        return value.unicodeScalars.lexicographicallyPrecedes(text.unicodeScalars) ? .less : .greater
    }
}
