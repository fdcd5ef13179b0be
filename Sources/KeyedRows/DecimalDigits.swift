import JSON

/// The digits of a number that has at most 38 of them: `coefficient` times ten to the power of `exponent`.
///
/// The coefficient does not end with the digit 0, so that each value has one form; zero has the exponent 0.
struct DecimalDigits {
    var coefficient: UInt128
    var exponent: Int
    /// The number of digits of the coefficient; 0 for zero.
    var count: Int
    var isNegative: Bool

    /// Reads a number in time proportional to its text.
    ///
    /// - Parameters:
    ///   - text: that of a number in JSON.
    ///   - maximum: at most 38.
    /// - Returns: nil for a number with more than `maximum` significant digits.
    init?(_ text: UnsafeRawBufferPointer, maximum: Int) {
        var reader = DecimalReader()
        guard reader.read(text, maximum: maximum) else { return nil }
        (coefficient, count) = (reader.coefficient, reader.significant)
        exponent = count == 0 ? 0 : reader.exponent
        isNegative = reader.isNegative && count > 0
    }

    /// Ten to the powers 0 … 38.
    static let powersOfTen: [UInt128] = (0..<38).reduce(into: [1]) { powers, _ in powers.append(powers.last! * 10) }
}

/// Reads the text of a JSON number, of which `JSONNumber` has checked the grammar.
private struct DecimalReader {
    private(set) var isNegative = false
    private(set) var significant = 0
    private(set) var exponent = 0
    /// The first 19 significant digits fit 64 bits, which are much faster than 128.
    private var low: UInt64 = 0
    private var high: UInt128 = 0
    private var zeros = 0

    var coefficient: UInt128 { significant <= Self.lowDigits ? UInt128(low) : high }

    private static let lowDigits = 19

    mutating func read(_ text: UnsafeRawBufferPointer, maximum: Int) -> Bool {
        var isFraction = false
        for position in text.indices {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                readExponent(text[(position + 1)...])
                exponent += zeros
                return true
            default:
                if isFraction { exponent -= 1 }
                guard append(byte - UInt8(ascii: "0"), maximum: maximum) else { return false }
            }
        }
        exponent += zeros
        return true
    }

    /// Zeros count when another digit follows.
    @inline(__always)
    private mutating func append(_ digit: UInt8, maximum: Int) -> Bool {
        if digit == 0 {
            if significant > 0 { zeros += 1 }
            return true
        }
        let count = significant + zeros + 1
        guard count <= maximum else { return false }
        if count <= Self.lowDigits {
            for _ in 0...zeros { low *= 10 }
            low += UInt64(digit)
        } else {
            if significant <= Self.lowDigits { high = UInt128(low) }
            high = high * DecimalDigits.powersOfTen[zeros + 1] + UInt128(digit)
        }
        (significant, zeros) = (count, 0)
        return true
    }

    /// Written exponents are limited as in `JSONNumber.decimal`.
    private mutating func readExponent(_ text: Slice<UnsafeRawBufferPointer>) {
        var value = 0
        for byte in text where byte >= UInt8(ascii: "0") {
            value = min(value * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000_000)
        }
        exponent += text.first == UInt8(ascii: "-") ? -value : value
    }
}
