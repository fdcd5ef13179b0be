import EventLog
import JSON

extension JSONValue {
    static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number(JSONNumber(value)) }

    static func offset(_ value: Offset) -> JSONValue { .integer(value.rawValue) }

    /// A number; null when `value` is not finite.
    static func decimal(_ value: Double) -> JSONValue { JSONNumber(value).map { .number($0) } ?? .null }

    /// The description of `value`; null for nil.
    static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
        value.map { .string($0.description) } ?? .null
    }
}
