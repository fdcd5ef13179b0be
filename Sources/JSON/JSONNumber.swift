/// A JSON number with the exact text with which it was written.
///
/// Two numbers are equal when their texts are equal: `1`, `1.0` and `1e0` are three different numbers. To compare values,
/// compare ``int``, ``double`` or ``decimal``.
public struct JSONNumber: Sendable, Hashable {
    /// The text of the number, in the grammar of RFC 8259, section 6.
    public let text: String

    /// A number with a text; nil unless the text is exactly one JSON number.
    public init?(_ text: String) {
        guard text.utf8.span.bytes.withUnsafeBytes({ Self.isNumber($0) }) else { return nil }
        self.text = text
    }

    /// A whole number.
    public init(_ value: some FixedWidthInteger) {
        text = String(value)
    }

    /// A number with the shortest text that is read as `value` again; nil when `value` is infinite or not a number.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    /// A number with a text that is known to be a JSON number.
    package init(checked text: String) {
        self.text = text
    }

    /// Whether a text is exactly one JSON number.
    package static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool {
        var scanner = JSONScanner(text)
        return (try? scanner.scanNumber()) != nil && scanner.isAtEnd
    }
}

extension JSONNumber {
    /// The exact value as an integer: `12`, `12.0` and `1.2e1` are 12. Nil when the value is not whole or does not fit.
    public var int: Int? { Int(text) ?? decimal.int }

    /// The nearest double; infinite when the number is outside of the range of doubles.
    public var double: Double {
        guard let value = Double(text) else {
            preconditionFailure("\(text) is a JSON number that Double does not read")
        }
        return value
    }
}

extension JSONNumber {
    /// An exact decimal number: the whole number written with `digits`, times ten to the power of `exponent`.
    public struct Decimal: Sendable, Hashable {
        /// Whether the number is written with a minus sign, also when it is zero.
        public let isNegative: Bool
        /// The digits as values 0...9, most significant first, without zeros at the ends; empty for zero.
        public let digits: [UInt8]
        /// The power of ten; 0 for zero. Written exponents are limited to ±1,000,000,000.
        public let exponent: Int

        /// The limit of a written exponent, far beyond any use, so that `1e99999999999999999999` does not overflow.
        static let exponentBound = 1_000_000_000
    }

    /// The exact value of the number, independent of how it is written: `1.50`, `15e-1` and `0.15E+1` have the same decimal.
    ///
    /// The cost is proportional to the length of the text.
    public var decimal: Decimal {
        var digits: [UInt8] = []
        var fractionDigits = 0
        var inFraction = false
        var writtenExponent = 0
        let bytes = text.utf8
        var index = bytes.startIndex
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.formIndex(after: &index) }
        while index != bytes.endIndex {
            let byte = bytes[index]
            bytes.formIndex(after: &index)
            switch byte {
            case UInt8(ascii: "."):
                inFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                writtenExponent = Self.exponent(bytes[index...])
                index = bytes.endIndex
            default:
                if inFraction { fractionDigits += 1 }
                if !(digits.isEmpty && byte == UInt8(ascii: "0")) { digits.append(byte - UInt8(ascii: "0")) }
            }
        }
        var exponent = writtenExponent - fractionDigits
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        return Decimal(isNegative: isNegative, digits: digits, exponent: digits.isEmpty ? 0 : exponent)
    }

    /// Reads the exponent after the `e`, limited to ±`Decimal.exponentBound`.
    private static func exponent(_ text: Substring.UTF8View) -> Int {
        var value = 0
        for byte in text where byte >= UInt8(ascii: "0") {
            value = min(value * 10 + Int(byte - UInt8(ascii: "0")), Decimal.exponentBound)
        }
        return text.first == UInt8(ascii: "-") ? -value : value
    }
}

extension JSONNumber.Decimal {
    /// The value as an integer; nil when it is not whole or does not fit.
    var int: Int? {
        guard !digits.isEmpty else { return 0 }
        guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
        var value = 0
        for position in 0..<(digits.count + exponent) {
            let digit = position < digits.count ? Int(digits[position]) : 0
            let (scaled, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) =
                isNegative
                ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            if overflowed || carried { return nil }
            value = sum
        }
        return value
    }
}
