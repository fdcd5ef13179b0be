public import JSON

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

extension Value {
    /// What stands for a missing context when a helper is handed one (`nullContext` in handlebars.js).
    static let nullContext = Value.object(Object())

    /// A field: own fields of objects, elements and `length` of arrays and strings, nothing else.
    /// A nullish value gives itself back, so that `null` stays `null` along a path.
    @inline(__always)
    func member(_ key: FieldName) -> Value {
        switch self {
        case .object(let object):
            guard let place = object.storage.find(key.text, hash: key.hash) else { return .undefined }
            return object.storage.entries[place].value
        case .undefined: return .undefined
        case .null: return .null
        default: return element(key) ?? .undefined
        }
    }

    /// Whether it has such a field, be it empty.
    func has(_ key: FieldName) -> Bool {
        if case .object(let object) = self { return object.storage.find(key.text, hash: key.hash) != nil }
        return element(key) != nil
    }

    private func element(_ key: FieldName) -> Value? {
        switch self {
        case .array(let items):
            // In `condition ? value : nil` the nil would be a null value.
            if let index = key.index, index < items.count { return items[index] }
            if key.text == "length" { return .number(Double(items.count)) }
            return Optional.none
        case .string(let text):
            if let index = key.index { return Value.unit(of: text, at: index) }
            if key.text == "length" { return .number(Double(text.utf16.count)) }
            return Optional.none
        default: return nil
        }
    }

    private static func unit(of text: String, at index: Int) -> Value? {
        let units = text.utf16
        guard let place = units.index(units.startIndex, offsetBy: index, limitedBy: units.endIndex),
            place < units.endIndex
        else { return nil }
        return .string(String(decoding: CollectionOfOne(units[place]), as: UTF16.self))
    }

    /// A field by a name worked out while rendering, as `lookup` does.
    func member(named name: Value) -> Value {
        if case .array(let items) = self, case .number(let number) = name {
            guard let index = Int(exactly: number), items.indices.contains(index) else { return .undefined }
            return items[index]
        }
        return member(FieldName(name.plainText))
    }
}

extension Value {
    /// JavaScript's falsy values: undefined, null, false, 0, NaN and "".
    public var isFalsy: Bool {
        switch self {
        case .undefined, .null: true
        case .bool(let bool): !bool
        case .number(let number): number == 0 || number.isNaN
        case .string(let text): text.isEmpty
        case .safeString, .array, .object, .function: false
        }
    }

    /// What `{{#with}}` takes for nothing: the falsy values but 0, and the empty array.
    public var isEmpty: Bool {
        switch self {
        case .number(let number): number.isNaN
        case .array(let items): items.isEmpty
        default: isFalsy
        }
    }

    /// What `{{#if}}` takes for false: the falsy values and the empty array.
    @inline(__always)
    var isIfFalsy: Bool {
        if case .array(let items) = self { return items.isEmpty }
        return isFalsy
    }

    /// JavaScript's `==` between contexts: the same object, array or function, or equal simple values.
    ///
    /// A block climbs a level of `..` only when its context is not this one already.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.object(let one), .object(let two)): one.storage === two.storage
        case (.array(let one), .array(let two)): one.isSame(as: two)
        case (.function(let one), .function(let two)): one === two
        case (.string(let one), .string(let two)): one == two
        case (.number(let one), .number(let two)): one == two
        case (.bool(let one), .bool(let two)): one == two
        case (.undefined, .undefined), (.null, .null), (.undefined, .null), (.null, .undefined): true
        default: false
        }
    }
}

/// A value that is worked out when a template comes upon it, with the context it was found in.
public final class Function: Sendable {
    let body: Helper

    /// - Parameter body: called as a helper is; as a plain field it gets no arguments.
    public init(_ body: @escaping Helper) {
        self.body = body
    }
}

extension Value {
    /// A value produced each time a template uses it.
    public static func lazy(_ produce: @escaping @Sendable () throws -> Value) -> Value {
        .function(Function { _ in try produce() })
    }
}

extension Value {
    /// The same data as a JSON value; numbers become `Double`s, objects keep their order but for array indices.
    public init(json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let number): self = .number(number.double)
        case .string(let text): self = .string(text)
        case .array(let items): self = .array(items.map(Value.init(json:)))
        case .object(let fields):
            var object = Object(minimumCapacity: fields.count)
            for (key, value) in fields.entries { object[key] = Value(json: value) }
            self = .object(object)
        }
    }
}
