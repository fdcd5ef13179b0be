/// Any JSON value, RFC 8259.
///
/// Numbers keep the text they were written with and objects keep the order of
/// their keys, so that reading and writing again changes nothing but
/// insignificant whitespace, escapes and repeated keys.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, as it was written.
    case number(JSONNumber)
    /// A string, its escapes decoded.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Members in order.
    case object(JSONObject)
}

extension JSONValue {
    /// The text of a string; nil for every other kind.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value of a number that is whole and fits; nil for every other kind.
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

    /// The member of an object; nil where there is none, or where this is no object.
    public subscript(key: String) -> JSONValue? { object?[key] }

    /// The name of the kind, with its article, for error messages: "a string", "an object", "null".
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
    /// `null`. Where a `JSONValue?` is asked for, `nil` is its absence and not this.
    public init(nilLiteral: ()) { self = .null }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
}

extension JSONValue: ExpressibleByStringLiteral {
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByArrayLiteral {
    /// An array of values.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// A repeated key keeps its first place and its last value, as in parsed text.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONValue {
    /// The deepest nesting that any caller may ask for: parsing and every later walk through
    /// the value go one call deeper for each level, and a thread's stack is small.
    public static let deepestMaximumDepth = 512

    /// Parses one JSON text, RFC 8259, strictly: UTF-8 is checked, a byte order mark and lone
    /// surrogates are refused, and only whitespace may stand around the value.
    ///
    /// Of a repeated key the last value wins, at the place of the first. The
    /// size of the text is the caller's to bound.
    ///
    /// - Parameter maximumDepth: how deep arrays and objects may nest, 0…`deepestMaximumDepth`.
    /// - Throws: what is wrong, and where.
    public init(parsing bytes: UnsafeRawBufferPointer, maximumDepth: Int = 64) throws(JSONError) {
        precondition((0...Self.deepestMaximumDepth).contains(maximumDepth), "maximumDepth is out of range")
        var parser = JSONParser(bytes, maximumDepth: maximumDepth)
        do throws(JSONFailure) {
            self = try parser.parseText()
        } catch {
            throw JSONError(error, in: bytes)
        }
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` for bytes.
    public init(parsing bytes: RawSpan, maximumDepth: Int = 64) throws(JSONError) {
        self = try bytes.withUnsafeBytes { (bytes) throws(JSONError) in
            try JSONValue(parsing: bytes, maximumDepth: maximumDepth)
        }
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` for bytes.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) {
        try self.init(parsing: bytes.span.bytes, maximumDepth: maximumDepth)
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` for bytes.
    public init(parsing text: String, maximumDepth: Int = 64) throws(JSONError) {
        try self.init(parsing: text.utf8.span.bytes, maximumDepth: maximumDepth)
    }
}

extension JSONValue {
    /// Appends the value as compact JSON: no whitespace, members in their order.
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

    /// The value as compact JSON, in UTF-8.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(into: &output)
        return output
    }

    /// The value as compact JSON.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
