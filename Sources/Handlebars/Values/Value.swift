/// Anything a template can look at: the data given to a page, an argument of a helper, what a helper returns.
///
/// The cases are those of JavaScript, because the language is: `undefined` is a field that is not
/// there, `null` one that is empty on purpose, and a number is a `Double`. An object keeps its keys
/// in JavaScript's order. A `safeString` is not escaped by `{{ }}`. A `function` is called when a
/// template comes upon it, which is how a value is produced only when it is needed.
public enum Value: Sendable {
    case undefined
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case safeString(String)
    case array(Elements)
    case object(Object)
    case function(Function)
}

extension Value {
    /// A number; integers beyond ±2^53 lose their last digits, as in JavaScript.
    public init(_ integer: some BinaryInteger) {
        self = .number(Double(integer))
    }

    /// A text.
    public init(_ text: some StringProtocol) {
        self = .string(String(text))
    }

    /// An array of these values, in this order.
    public init(_ items: some Sequence<Value>) {
        self = .array(Elements(Array(items)))
    }

    /// Reads a field of an object, an element or the length of an array or a string.
    ///
    /// Anything else, and anything missing, is `undefined`.
    public subscript(name: String) -> Value {
        member(FieldName(name))
    }

    /// Whether it is undefined or null.
    public var isNullish: Bool {
        switch self {
        case .undefined, .null: true
        default: false
        }
    }
}

extension Value: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A number.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array.
    public init(arrayLiteral elements: Value...) { self = .array(Elements(elements)) }
    /// Null.
    public init(nilLiteral: ()) { self = .null }

    /// An object; of a repeated name the last value.
    public init(dictionaryLiteral elements: (String, Value)...) {
        var object = Object(minimumCapacity: elements.count)
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}
