import Handlebars
import JSON
import TestSupport

/// A value for both engines: JSON, and values of JavaScript that JSON cannot represent.
enum Datum {
    struct Field {
        let key: String
        var value: Datum
    }

    case undefined, null
    case bool(Bool)
    case number(Double)
    case string(String)
    case safe(String)
    case array([Datum])
    case object([Field])
    /// A function that returns this.
    indirect case lazy(Datum)
    /// A function that returns a field of the context it is called with.
    case field(String)

    var value: Value {
        switch self {
        case .undefined: .undefined
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .number(let number): .number(number)
        case .string(let text): .string(text)
        case .safe(let text): .safeString(text)
        case .array(let items): .array(items.map(\.value))
        case .object(let fields): .object(Self.object(fields))
        case .lazy(let result): Self.lazy(result.value)
        case .field(let name): .function(Function { $0.context[name] })
        }
    }

    private static func lazy(_ value: Value) -> Value { .lazy { value } }

    private static func object(_ fields: [Field]) -> Object {
        var object = Object()
        for field in fields { object[field.key] = field.value.value }
        return object
    }

    /// The value as JSON, in the format that peer.js reads.
    var json: JSONValue {
        switch self {
        case .undefined: ["$": "undefined"]
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .number(let number): ["$": "number", "value": .string(Value.number(number).text)]
        case .string(let text): .string(text)
        case .safe(let text): ["$": "safe", "value": .string(text)]
        case .array(let items): .array(items.map(\.json))
        case .object(let fields): .object(JSONObject(fields.map { ($0.key, $0.value.json) }))
        case .lazy(let result): ["$": "lazy", "value": result.json]
        case .field(let name): ["$": "field", "value": .string(name)]
        }
    }
}

extension Datum {
    /// The names of fields, including unusual ones, which the paths in templates use too.
    static let names = [
        "a", "b", "c", "list", "object", "text", "0", "x y", "length", "echo", "constructor", "1", "if",
    ]

    static func arbitrary(depth: Int, _ random: inout SeededGenerator) -> Datum {
        switch Int.random(in: 0..<26, using: &random) {
        case 0: .undefined
        case 1: .null
        case 2: .bool(true)
        case 3: .bool(false)
        case 4, 5: .number(numbers.randomElement(using: &random)!)
        case 6...10: .string(strings.randomElement(using: &random)!)
        case 11: .safe(strings.randomElement(using: &random)!)
        case 12: .lazy(depth > 0 ? arbitrary(depth: depth - 1, &random) : .number(1))
        case 13: .field(names.randomElement(using: &random)!)
        case 14...18:
            .array(
                depth > 0
                    ? (0..<Int.random(in: 0...3, using: &random)).map { _ in arbitrary(depth: depth - 1, &random) } : []
            )
        default: depth > 0 ? object(depth: depth - 1, &random) : .object([])
        }
    }

    static func object(depth: Int, _ random: inout SeededGenerator) -> Datum {
        let keys = names.shuffled(using: &random).prefix(Int.random(in: 0...6, using: &random))
        return .object(keys.map { Field(key: $0, value: arbitrary(depth: depth, &random)) })
    }

    private static let numbers: [Double] = [
        0, -0.0, 1, 2, -1, 2.5, 0.1 + 0.2, 1e21, 1.5e-7, 123_456_789_012, .nan, .infinity, -.infinity, 100.01,
    ]
    private static let strings = [
        "", "x", "a", "b", "<&>\"'`=/", "two\nlines", "\n", "  ", "0", "false", "p", "é漢", "end\n", "a.b", "1",
    ]
}
