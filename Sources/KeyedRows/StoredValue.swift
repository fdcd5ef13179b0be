import JSON

/// A value in the form in which rows and snapshots have it. The bytes are those of the row.
enum StoredValue {
    case missing, null, no, yes
    /// The text of a number in JSON.
    case number(UnsafeRawBufferPointer)
    /// Text in UTF-8.
    case string(UnsafeRawBufferPointer)
    /// The JSON of an array or object.
    case nested(UnsafeRawBufferPointer)

    /// The first byte of a stored value.
    enum Kind: UInt8 {
        case missing, null, no, yes, number, string, nested

        var hasText: Bool { rawValue >= Kind.number.rawValue }
    }

    /// Reads the value at a position, and moves past it.
    ///
    /// - Precondition: the bytes are valid.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        let kind = bytes[position]
        position += 1
        guard kind >= Kind.number.rawValue else {
            self =
                kind == Kind.missing.rawValue
                ? .missing : kind == Kind.null.rawValue ? .null : kind == Kind.no.rawValue ? .no : .yes
            return
        }
        let length = Self.readLength(bytes, &position)
        let text = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
        position += length
        self =
            kind == Kind.number.rawValue ? .number(text) : kind == Kind.string.rawValue ? .string(text) : .nested(text)
    }

    /// Moves past a value.
    @inline(__always)
    static func skip(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        let kind = bytes[position]
        position += 1
        if kind >= Kind.number.rawValue {
            let length = readLength(bytes, &position)
            position += length
        }
    }

    @inline(__always)
    private static func readLength(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int {
        var (length, shift) = (0, 0)
        while true {
            let byte = bytes[position]
            position += 1
            length |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return length }
            shift += 7
        }
    }

    /// Whether both are missing or are written with the same bytes.
    func hasSameBytes(as other: StoredValue) -> Bool {
        switch (self, other) {
        case (.missing, .missing), (.null, .null), (.no, .no), (.yes, .yes): true
        case (.number(let left), .number(let right)), (.string(let left), .string(let right)),
            (.nested(let left), .nested(let right)):
            left.hasSameBytes(as: right)
        default: false
        }
    }

    /// Nil for a missing value.
    var json: JSONValue? {
        switch self {
        case .missing: nil
        case .null: .null
        case .no: .bool(false)
        case .yes: .bool(true)
        case .number(let text): .number(JSONNumber(checked: String(decoding: text, as: UTF8.self)))
        case .string(let text): .string(String(decoding: text, as: UTF8.self))
        case .nested(let text): Self.nested(text)
        }
    }

    private static func nested(_ text: UnsafeRawBufferPointer) -> JSONValue {
        guard let value = try? JSONValue(parsing: text, maximumDepth: JSONValue.deepestMaximumDepth) else {
            preconditionFailure("a row has an array or object that is not JSON")
        }
        return value
    }

    /// The key of a row: text, or a number in its canonical form; nil for other values, an empty or long text, and numbers
    /// with more than 34 digits.
    var rowKey: RowKey? {
        switch self {
        case .string(let text): RowKey(text)
        case .number(let text): ExactDecimal(text).flatMap { RowKey($0.number.text) }
        case .missing, .null, .no, .yes, .nested: nil
        }
    }

    /// The key of a group: text, a number in its canonical form, or a boolean.
    var groupKey: RowKey? {
        switch self {
        case .no: RowKey("false")
        case .yes: RowKey("true")
        default: rowKey
        }
    }

    /// Whether this is an array or object with more bytes of JSON than a row may have in a field.
    var isTooLarge: Bool { if case .nested(let text) = self { text.count > Row.maximumNestedBytes } else { false } }
}

extension StoredValue {
    /// The number of bytes that `write` needs.
    var byteCount: Int {
        switch self {
        case .missing, .null, .no, .yes: 1
        case .number(let text), .string(let text), .nested(let text): Self.byteCount(ofText: text.count)
        }
    }

    @inline(__always)
    private static func byteCount(ofText length: Int) -> Int {
        var (count, rest) = (2 + length, length >> 7)
        while rest > 0 { (count, rest) = (count + 1, rest >> 7) }
        return count
    }

    /// Writes the value at a position, and moves past it.
    @inline(__always)
    func write(to output: UnsafeMutableRawBufferPointer, at position: inout Int) {
        switch self {
        case .missing: Self.write(.missing, to: output, at: &position)
        case .null: Self.write(.null, to: output, at: &position)
        case .no: Self.write(.no, to: output, at: &position)
        case .yes: Self.write(.yes, to: output, at: &position)
        case .number(let text): Self.write(.number, text, to: output, at: &position)
        case .string(let text): Self.write(.string, text, to: output, at: &position)
        case .nested(let text): Self.write(.nested, text, to: output, at: &position)
        }
    }

    @inline(__always)
    private static func write(_ kind: Kind, to output: UnsafeMutableRawBufferPointer, at position: inout Int) {
        output[position] = kind.rawValue
        position += 1
    }

    private static func write(
        _ kind: Kind, _ text: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer, at position: inout Int
    ) {
        write(kind, to: output, at: &position)
        var rest = text.count
        while rest >= 0x80 {
            output[position] = UInt8(truncatingIfNeeded: rest) | 0x80
            (rest, position) = (rest >> 7, position + 1)
        }
        output[position] = UInt8(rest)
        position += 1
        UnsafeMutableRawBufferPointer(rebasing: output[position..<position + text.count]).copyMemory(from: text)
        position += text.count
    }
}
