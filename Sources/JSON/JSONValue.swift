/// A JSON value (RFC 8259).
///
/// Numbers keep the text with which they were written, and objects keep the order of their keys. So reading and writing
/// a value changes only insignificant whitespace, escapes and repeated keys.
public enum JSONValue: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number as it was written.
    case number(JSONNumber)
    /// A string with decoded escapes.
    case string(String)
    /// The elements in their order.
    case array([JSONValue])
    /// The members in their order.
    case object(JSONObject)
}

extension JSONValue: Hashable {
    /// Whether both values are of one kind and equal. Strings are compared byte by byte, as the keys of objects are.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    /// Adds the kind and the value.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .number(let number): hasher.combine(number)
        case .string(let text): hasher.combine(ExactText(text))
        case .array(let elements): hasher.combine(elements)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension JSONValue {
    /// The text of a string; nil for every other kind.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value of a whole number that fits an `Int`; nil for every other number and kind.
    public var int: Int? { number?.int }

    /// The number as written; nil for every other kind.
    public var number: JSONNumber? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The truth value; nil for every other kind.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of an array; nil for every other kind.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object; nil for every other kind.
    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The value of a member; nil when the key is absent or this value is not an object.
    public subscript(key: String) -> JSONValue? { object?[key] }

    /// The name of the kind with its article, for error messages: "a string", "an object", "null".
    public var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral {
    /// Makes `null`. In place of a `JSONValue?`, `nil` is the absence of a value and not `null`.
    public init(nilLiteral: ()) { self = .null }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    /// Makes `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    /// Makes a whole number.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
}

extension JSONValue: ExpressibleByStringLiteral {
    /// Makes a string.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByArrayLiteral {
    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// Makes an object. A repeated key keeps its first position and its last value, as in parsed text.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONValue {
    /// The largest `maximumDepth`. Parsing and later functions over the value make one nested call for each level, and the
    /// stack of a thread is small.
    public static let deepestMaximumDepth = 512

    /// Parses a JSON text strictly (RFC 8259).
    ///
    /// Invalid UTF-8, a byte order mark, lone surrogates and anything but whitespace around the value are errors. A
    /// repeated key keeps its first position and its last value. The caller limits the size of the text.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - maximumDepth: the number of levels to which arrays and objects can be nested, 0...`deepestMaximumDepth`.
    /// - Throws: the first error in the text, with its position.
    public init(
        parsing bytes: UnsafeRawBufferPointer, maximumDepth: Int = JSONValue.defaultMaximumDepth
    ) throws(JSONError) {
        precondition((0...Self.deepestMaximumDepth).contains(maximumDepth), "maximumDepth is out of range")
        var parser = JSONParser(bytes, maximumDepth: maximumDepth)
        do throws(JSONFailure) {
            self = try parser.parseText()
        } catch {
            throw JSONError(error, in: bytes)
        }
    }

    /// Parses a JSON text strictly, as the initializer for `UnsafeRawBufferPointer` does.
    public init(parsing bytes: RawSpan, maximumDepth: Int = JSONValue.defaultMaximumDepth) throws(JSONError) {
        self = try bytes.withUnsafeBytes { (bytes) throws(JSONError) in
            try JSONValue(parsing: bytes, maximumDepth: maximumDepth)
        }
    }

    /// Parses a JSON text strictly, as the initializer for `UnsafeRawBufferPointer` does.
    public init(parsing bytes: [UInt8], maximumDepth: Int = JSONValue.defaultMaximumDepth) throws(JSONError) {
        try self.init(parsing: bytes.span.bytes, maximumDepth: maximumDepth)
    }

    /// Parses a JSON text strictly, as the initializer for `UnsafeRawBufferPointer` does.
    public init(parsing text: String, maximumDepth: Int = JSONValue.defaultMaximumDepth) throws(JSONError) {
        try self.init(parsing: text.utf8.span.bytes, maximumDepth: maximumDepth)
    }
}

extension JSONValue {
    /// Appends the value as compact JSON, without whitespace and with the members in their order.
    public func write(into output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(true): output.append(contentsOf: "true".utf8)
        case .bool(false): output.append(contentsOf: "false".utf8)
        case .number(let number): output.append(contentsOf: number.text.utf8)
        case .string(let text): JSONText.writeString(text, into: &output)
        case .array(let elements): Self.write(elements, into: &output)
        case .object(let object): Self.write(object, into: &output)
        }
    }

    private static func write(_ elements: [JSONValue], into output: inout [UInt8]) {
        var separator = UInt8(ascii: "[")
        if elements.isEmpty { output.append(separator) }
        for element in elements {
            output.append(separator)
            element.write(into: &output)
            separator = UInt8(ascii: ",")
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func write(_ object: JSONObject, into output: inout [UInt8]) {
        var separator = UInt8(ascii: "{")
        if object.isEmpty { output.append(separator) }
        for (key, value) in object.entries {
            output.append(separator)
            JSONText.writeString(key, into: &output)
            output.append(UInt8(ascii: ":"))
            value.write(into: &output)
            separator = UInt8(ascii: ",")
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The value as compact JSON in UTF-8.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(into: &output)
        return output
    }

    /// The value as compact JSON.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONValue {
    /// The limit of nesting of arrays and objects where the caller of a parser names no other.
    public static let defaultMaximumDepth = 64

    /// Whether arrays and objects are nested in more than a number of levels, so that a parser with this limit refuses the
    /// text of the value.
    public func isDeeper(than limit: Int) -> Bool {
        switch self {
        case .array(let elements):
            limit < 1 || elements.contains { $0.isDeeper(than: limit - 1) }
        case .object(let object):
            limit < 1 || object.entries.contains { $0.value.isDeeper(than: limit - 1) }
        default: false
        }
    }
}
