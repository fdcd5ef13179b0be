import EventLog
import JSON

/// What an event has at the place a test is about.
enum FieldValue {
    case number(JSONNumber)
    case text(String)
    case time(Timestamp)
    /// `true`, `false`, `null`, an array or an object, as JSON text.
    case other([UInt8])

    /// - Parameter json: the text of one value.
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

/// The value that a test compares with.
struct FieldOperand: Sendable {
    enum Order { case less, equal, greater }

    private let text: String
    /// What it is as a number, unless it stands in quotes.
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

    /// How `value` compares with this one; nil when they are of different kinds.
    func order(of value: FieldValue) -> Order? {
        switch value {
        case .number(let value): number.map { order(value, $0) }
        case .text(let value): order(value)
        case .time(let value): time.map { value == $0 ? .equal : value < $0 ? .less : .greater }
        case .other(let value): value == Array(text.utf8) ? .equal : nil
        }
    }

    /// Whether the characters of `value` have the text among them.
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

    /// Numbers whose nearest doubles differ are in the order of these; the others are equal, or whole and beyond 2⁵³,
    /// or differ in their seventeenth digit, and then count as equal.
    private func order(_ value: JSONNumber, _ number: JSONNumber) -> Order {
        let nearest = value.double
        if nearest != double { return nearest < double ? .less : .greater }
        guard let value = value.int, let number = number.int, value != number else { return .equal }
        return value < number ? .less : .greater
    }

    /// Text that a number was written for may be the same, but is neither more nor less.
    private func order(_ value: String) -> Order? {
        if value.unicodeScalars.elementsEqual(text.unicodeScalars) { return .equal }
        guard number == nil else { return nil }
        return value.unicodeScalars.lexicographicallyPrecedes(text.unicodeScalars) ? .less : .greater
    }
}
