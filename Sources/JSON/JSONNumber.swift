/// A JSON number, kept exactly as it was written.
///
/// Two numbers are equal when their texts are: `1`, `1.0` and `1e0` are three
/// different numbers. Compare `int`, `double` or `decimal` to compare values.
public struct JSONNumber: Sendable, Hashable {
    /// The number by the grammar of RFC 8259, section 6, byte for byte as written.
    public let text: String

    /// Takes a text that is one JSON number and nothing else; nil otherwise.
    public init?(_ text: String) {
        let isNumber = text.utf8.span.bytes.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            guard (try? scanner.scanNumber()) != nil else { return false }
            return scanner.isAtEnd
        }
        guard isNumber else { return nil }
        self.text = text
    }

    /// A whole number.
    public init(_ value: some FixedWidthInteger) {
        text = String(value)
    }

    /// The shortest text that reads back as `value`; nil when it is infinite or not a number.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    /// Takes a text whose grammar has been checked.
    init(checked text: String) {
        self.text = text
    }
}

extension JSONNumber {
    /// The exact value, nil when it is not whole or does not fit: `12`, `12.0` and `1.2e1` are 12.
    public var int: Int? { Int(text) ?? decimal.int }

    /// The nearest double; infinite when the number is beyond the range of doubles.
    public var double: Double {
        guard let value = Double(text) else {
            preconditionFailure("\(text) is a JSON number that Double does not read")
        }
        return value
    }
}
