import EventLog
import JSON

extension JSONValue {
    static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number(JSONNumber(value)) }

    static func offset(_ value: Offset) -> JSONValue { .integer(value.rawValue) }

    /// Null for what is not a finite number.
    static func decimal(_ value: Double) -> JSONValue { JSONNumber(value).map { .number($0) } ?? .null }

    /// How `value` is written, or null.
    static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
        value.map { .string($0.description) } ?? .null
    }
}
