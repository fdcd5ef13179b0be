import JSON

/// The value of a sorted field in a cursor.
///
/// ```
/// kind     UInt8, see Kind
/// value    number, string, beginning: UInt16 length, UTF-8; near: the bits of a Double, UInt64; nothing for others
/// ```
enum CursorValue: Sendable, Hashable {
    case missing, null, no, yes, nested
    case number(String)
    case string(String)
    /// The beginning of a string that is too long.
    case beginning(String)
    /// The nearest double for a number whose text is too long; can be infinite.
    case near(Double)

    /// The longest text of a number or string, in bytes.
    static let maximumTextBytes = 256
    /// The most bytes of a value.
    static let maximumBytes = 1 + 2 + maximumTextBytes

    private enum Kind: UInt8 {
        case missing, null, no, yes, nested, number, string, beginning, near
    }

    init(_ value: SortValue) {
        switch value.json {
        case nil: self = .missing
        case .null: self = .null
        case .bool(let value): self = value ? .yes : .no
        case .array, .object: self = .nested
        case .number(let number):
            self = number.text.utf8.count <= Self.maximumTextBytes ? .number(number.text) : .near(number.double)
        case .string(let text):
            self = text.utf8.count <= Self.maximumTextBytes ? .string(text) : .beginning(Self.beginning(of: text))
        }
    }

    private static func beginning(of text: String) -> String {
        var beginning = text.utf8.prefix(maximumTextBytes)
        while beginning.endIndex.samePosition(in: text.unicodeScalars) == nil { beginning.removeLast() }
        return String(Substring(beginning))
    }

    /// Whether the value itself was too long.
    var isApproximate: Bool {
        switch self {
        case .beginning, .near: true
        case .missing, .null, .no, .yes, .nested, .number, .string: false
        }
    }

    /// The value; in place of one that was too long, a greater or a lesser one.
    func value(roundedUp: Bool) -> SortValue {
        switch self {
        case .missing: SortValue(nil)
        case .null: SortValue(.null)
        case .no: SortValue(.bool(false))
        case .yes: SortValue(.bool(true))
        case .nested: SortValue(.array([]))
        case .number(let text): SortValue(JSONNumber(text).map(JSONValue.number))
        case .string(let text): SortValue(.string(text))
        // No character is greater than U+10FFFF.
        case .beginning(let text): SortValue(.string(roundedUp ? text + "\u{10FFFF}" : text))
        // All numbers are between `true` and the empty string.
        case .near(let double) where roundedUp:
            SortValue(JSONNumber(double.nextUp).map(JSONValue.number) ?? .string(""))
        case .near(let double):
            SortValue(JSONNumber(double.nextDown).map(JSONValue.number) ?? .bool(true))
        }
    }
}

extension CursorValue {
    /// Reads a value; nil when the bytes are not one.
    init?(_ reader: inout CursorReader) {
        guard let kind = reader.integer(UInt8.self).flatMap(Kind.init) else { return nil }
        switch kind {
        case .missing: self = .missing
        case .null: self = .null
        case .no: self = .no
        case .yes: self = .yes
        case .nested: self = .nested
        case .near:
            guard let bits = reader.integer(UInt64.self) else { return nil }
            let double = Double(bitPattern: bits)
            guard !double.isNaN else { return nil }
            self = .near(double)
        case .number, .string, .beginning:
            guard let text = reader.text(maximumBytes: Self.maximumTextBytes) else { return nil }
            guard kind != .number || JSONNumber(text) != nil else { return nil }
            self = kind == .number ? .number(text) : kind == .string ? .string(text) : .beginning(text)
        }
    }

    func write(into bytes: inout [UInt8]) {
        bytes.append(kind.rawValue)
        switch self {
        case .missing, .null, .no, .yes, .nested: break
        case .number(let text), .string(let text), .beginning(let text): bytes.appendText(text)
        case .near(let double): bytes.appendInteger(double.bitPattern)
        }
    }

    private var kind: Kind {
        switch self {
        case .missing: .missing
        case .null: .null
        case .no: .no
        case .yes: .yes
        case .nested: .nested
        case .number: .number
        case .string: .string
        case .beginning: .beginning
        case .near: .near
        }
    }
}

/// Reads the bytes of a cursor, which can be anything.
struct CursorReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// A big-endian number; nil when there are too few bytes.
    mutating func integer<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        let count = Number.bitWidth / 8
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { Number(truncatingIfNeeded: UInt64($0) << 8) | Number($1) }
    }

    /// A text with its length; nil when it is longer or is not UTF-8.
    mutating func text(maximumBytes: Int) -> String? {
        guard let count = integer(UInt16.self), count <= maximumBytes, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return String(validating: rest.prefix(Int(count)), as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends a number in big-endian order.
    mutating func appendInteger(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends a text of at most 65,535 bytes with its length.
    mutating func appendText(_ text: String) {
        appendInteger(UInt16(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
