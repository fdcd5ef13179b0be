public import JSON

/// A value that a template can read: the data of a page, an argument of a helper, or the result of a helper.
///
/// The cases are the types of JavaScript, because Handlebars is defined in terms of them. ``text`` and ``isFalsy`` follow
/// JavaScript as well.
public enum Value: Sendable {
    /// The value of a missing field.
    case undefined
    /// The value of a field that is empty on purpose.
    case null
    /// A truth value.
    case bool(Bool)
    /// A number; integers are exact up to ±2^53.
    case number(Double)
    /// A text, which `{{ }}` escapes.
    case string(String)
    /// A text of HTML, which `{{ }}` does not escape.
    case safeString(String)
    /// An array.
    case array(Elements)
    /// An object, whose fields are in the order of JavaScript.
    case object(Object)
    /// A function that computes the value each time a template uses it.
    case function(Function)
}

extension Value {
    /// Creates a number; integers beyond ±2^53 are rounded to the nearest `Double`, as in JavaScript.
    public init(_ integer: some BinaryInteger) {
        self = .number(Double(integer))
    }

    /// Creates a text.
    public init(_ text: some StringProtocol) {
        self = .string(String(text))
    }

    /// Creates an array of the values of a sequence.
    public init(_ items: some Sequence<Value>) {
        self = .array(Elements(Array(items)))
    }

    /// A field of an object, or an element or the `length` of an array or a string; `undefined` for everything else.
    public subscript(name: String) -> Value {
        member(FieldName(name))
    }

    /// Whether the value is undefined or null.
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
    /// Creates a text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates a number.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    /// Creates a number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// Creates a truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates an array.
    public init(arrayLiteral elements: Value...) { self = .array(Elements(elements)) }
    /// Creates `null`.
    public init(nilLiteral: ()) { self = .null }

    /// Creates an object; of a repeated name the last value is used.
    public init(dictionaryLiteral elements: (String, Value)...) {
        var object = Object(minimumCapacity: elements.count)
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension Value {
    /// The context that helpers get instead of a missing one (`nullContext` in handlebars.js).
    static let nullContext = Value.object(Object())

    /// A field of an object, or an element or the `length` of an array or a string; undefined for everything else.
    /// A nullish value returns itself, so that `null` stays `null` along a path.
    @inline(__always)
    func member(_ key: FieldName) -> Value {
        switch self {
        case .object(let object):
            guard let index = object.storage.find(key.text, hash: key.hash) else { return .undefined }
            return object.storage.entries[index].value
        case .undefined: return .undefined
        case .null: return .null
        default: return element(key) ?? .undefined
        }
    }

    /// Whether the value has a field of the name, even when the field is empty.
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
        guard let position = units.index(units.startIndex, offsetBy: index, limitedBy: units.endIndex),
            position < units.endIndex
        else { return nil }
        return .string(String(decoding: CollectionOfOne(units[position]), as: UTF16.self))
    }

    /// A field by a computed name, as for `lookup`.
    func member(named name: Value) -> Value {
        if case .array(let items) = self, case .number(let number) = name {
            guard let index = Int(exactly: number), items.indices.contains(index) else { return .undefined }
            return items[index]
        }
        return member(FieldName(name.plainText))
    }
}

extension Value {
    /// Whether the value is falsy in JavaScript: undefined, null, false, 0, NaN and `""`.
    public var isFalsy: Bool {
        switch self {
        case .undefined, .null: true
        case .bool(let bool): !bool
        case .number(let number): number == 0 || number.isNaN
        case .string(let text): text.isEmpty
        case .safeString, .array, .object, .function: false
        }
    }

    /// Whether `{{#with}}` treats the value as empty: falsy values except 0, and empty arrays.
    public var isEmpty: Bool {
        switch self {
        case .number(let number): number.isNaN
        case .array(let items): items.isEmpty
        default: isFalsy
        }
    }

    /// Whether `{{#if}}` treats the value as false: falsy values and empty arrays.
    @inline(__always)
    var isIfFalsy: Bool {
        if case .array(let items) = self { return items.isEmpty }
        return isFalsy
    }

    /// Whether two contexts are equal by `==` of JavaScript: the same object, array or function, or equal simple values.
    ///
    /// A block adds a level of `..` only when its context differs from the current one.
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

/// A function in the data, which is called each time a template uses its value.
public final class Function: Sendable {
    let body: Helper

    /// Creates a function.
    ///
    /// - Parameter body: called like a helper, with the context in which the function was found; a plain field passes no
    ///   arguments.
    public init(_ body: @escaping Helper) {
        self.body = body
    }
}

extension Value {
    /// A value that is computed each time a template uses it.
    public static func lazy(_ produce: @escaping @Sendable () throws -> Value) -> Value {
        .function(Function { _ in try produce() })
    }
}

extension Value {
    /// Creates a value from JSON. Numbers become `Double`s; objects keep their order, except that array indices come first.
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
