package import JSON

/// A decimal number of at most 34 significant digits, with exact arithmetic and one text for each value.
///
/// The range is that of IEEE 754 decimal128: the last digit that is not zero has a power of ten from -6176 to 6111.
package struct ExactDecimal: Sendable, Hashable {
    /// The most significant digits.
    package static let maximumDigits = 34
    /// The powers of ten that the last digit can have.
    package static let exponents = -6176...6111
    /// The longest text without an exponent.
    private static let maximumPlainText = 40

    /// Does not end with the digit 0, so that each value has one form.
    let coefficient: Int128
    let exponent: Int

    private static let zero = ExactDecimal(0)

    /// - Returns: nil for a number with more than 34 significant digits, or whose last digit has a power of ten out of range.
    package init?(_ number: JSONNumber) {
        let decimal = number.text.utf8.span.bytes.withUnsafeBytes { ExactDecimal($0) }
        guard let decimal else { return nil }
        self = decimal
    }

    /// - Parameter text: that of a number in JSON.
    init?(_ text: UnsafeRawBufferPointer) {
        guard let digits = DecimalDigits(text, maximum: Self.maximumDigits), Self.exponents.contains(digits.exponent)
        else { return nil }
        coefficient = digits.isNegative ? -Int128(digits.coefficient) : Int128(digits.coefficient)
        exponent = digits.exponent
    }

    package init(_ value: Int) {
        var (coefficient, exponent) = (value, 0)
        while coefficient != 0, coefficient % 10 == 0 {
            coefficient /= 10
            exponent += 1
        }
        (self.coefficient, self.exponent) = (Int128(coefficient), exponent)
    }

    /// The number `coefficient` times ten to the power of `exponent`.
    ///
    /// - Returns: nil when the value has more than 34 significant digits or an exponent out of range.
    init?(coefficient: Int128, exponent: Int) {
        guard let decimal = ExactDecimal(magnitude: coefficient.magnitude, exponent: exponent) else { return nil }
        self = coefficient < 0 ? decimal.negated : decimal
    }

    /// The number `magnitude` times ten to the power of `exponent`; nil as above.
    init?(magnitude: UInt128, exponent: Int) {
        var (digits, exponent) = (magnitude, exponent)
        guard digits != 0 else {
            self = .zero
            return
        }
        while digits > UInt128(UInt64.max) {
            let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { break }
            (digits, exponent) = (quotient, exponent + 1)
        }
        if var low = UInt64(exactly: digits) {
            while low % 10 == 0 { (low, exponent) = (low / 10, exponent + 1) }
            digits = UInt128(low)
        }
        guard digits < DecimalDigits.powersOfTen[Self.maximumDigits], Self.exponents.contains(exponent) else {
            return nil
        }
        self.init(checkedCoefficient: Int128(digits), exponent: exponent)
    }

    private init(checkedCoefficient: Int128, exponent: Int) {
        (coefficient, self.exponent) = (checkedCoefficient, exponent)
    }

    var negated: ExactDecimal { ExactDecimal(checkedCoefficient: -coefficient, exponent: exponent) }

    /// The sum; nil when it has more than 34 significant digits or an exponent out of range.
    package func adding(_ other: ExactDecimal) -> ExactDecimal? {
        if coefficient == 0 { return other }
        if other.coefficient == 0 { return self }
        let (upper, lower) = exponent >= other.exponent ? (self, other) : (other, self)
        let difference = upper.exponent - lower.exponent
        // The last digit of the sum is that of `lower`, so that the sum has more than `difference` digits, unless it is zero.
        guard difference <= Self.maximumDigits else { return nil }
        let (scaled, overflow) = upper.coefficient.multipliedReportingOverflow(
            by: Int128(DecimalDigits.powersOfTen[difference]))
        guard !overflow else { return nil }
        let (sum, carried) = scaled.addingReportingOverflow(lower.coefficient)
        return carried ? nil : ExactDecimal(coefficient: sum, exponent: lower.exponent)
    }
}

extension ExactDecimal: Comparable {
    package static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        guard left.coefficient.signum() == right.coefficient.signum(), left.exponent != right.exponent else {
            return left.coefficient < right.coefficient
        }
        let isNegative = left.coefficient < 0
        let (leftPlace, rightPlace) = (left.digitCount + left.exponent, right.digitCount + right.exponent)
        if leftPlace != rightPlace { return (leftPlace < rightPlace) != isNegative }
        // Both have at most 34 digits, and so does the one that is scaled to the exponent of the other.
        let difference = left.exponent - right.exponent
        let scale = Int128(DecimalDigits.powersOfTen[abs(difference)])
        return difference > 0
            ? left.coefficient * scale < right.coefficient : left.coefficient < right.coefficient * scale
    }

    private var digitCount: Int { String(coefficient.magnitude).utf8.count }
}

extension ExactDecimal {
    /// The one text of the value: `0`, `12.5`, `-0.001`; with an exponent when that text has more than 40 characters:
    /// `1e50`, `1.25e-60`. A fraction does not end with zeros.
    package var number: JSONNumber {
        JSONNumber(checked: String(unsafeUninitializedCapacity: Self.maximumText) { write(to: $0) })
    }

    /// The sign, 34 digits, a point and an exponent, or a text without an exponent.
    static let maximumText = 48

    /// Writes the text of `number`, which has at most `maximumText` bytes.
    ///
    /// - Returns: the number of bytes.
    func write(to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var writer = DecimalWriter(output)
        writer.write(self)
        return writer.count
    }

    /// Whether the text has no exponent, for a coefficient with a number of digits.
    fileprivate func isPlain(_ digits: Int) -> Bool {
        let place = digits + exponent
        let length = exponent > 0 ? place : place > 0 ? digits + (exponent < 0 ? 1 : 0) : 2 - exponent
        return length + (coefficient < 0 ? 1 : 0) <= Self.maximumPlainText
    }
}

/// Writes the text of a decimal number.
private struct DecimalWriter {
    private let output: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ output: UnsafeMutableBufferPointer<UInt8>) { self.output = output }

    mutating func write(_ decimal: ExactDecimal) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ExactDecimal.maximumDigits) { buffer in
            let digits = Self.digits(of: decimal.coefficient.magnitude, buffer)
            if decimal.coefficient < 0 { append("-") }
            if decimal.isPlain(digits.count) {
                writePlain(digits, decimal.exponent)
            } else {
                writeScientific(digits, digits.count + decimal.exponent - 1)
            }
        }
    }

    private mutating func writePlain(_ digits: Slice<UnsafeMutableBufferPointer<UInt8>>, _ exponent: Int) {
        let place = digits.count + exponent
        if exponent >= 0 {
            append(digits)
            appendZeros(exponent)
        } else if place > 0 {
            append(digits.prefix(place))
            append(".")
            append(digits.dropFirst(place))
        } else {
            append("0")
            append(".")
            appendZeros(-place)
            append(digits)
        }
    }

    private mutating func writeScientific(_ digits: Slice<UnsafeMutableBufferPointer<UInt8>>, _ exponent: Int) {
        append(digits.prefix(1))
        if digits.count > 1 {
            append(".")
            append(digits.dropFirst())
        }
        append("e")
        for byte in String(exponent).utf8 { append(byte) }
    }

    /// The digits of a coefficient at the end of a buffer.
    private static func digits(
        of coefficient: UInt128, _ buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Slice<UnsafeMutableBufferPointer<UInt8>> {
        var (start, high) = (buffer.count, coefficient)
        func add(_ digit: UInt8) {
            start -= 1
            buffer[start] = UInt8(ascii: "0") + digit
        }
        while high > UInt128(UInt64.max) {
            let (quotient, remainder) = high.quotientAndRemainder(dividingBy: 10)
            add(UInt8(remainder))
            high = quotient
        }
        // 64 bits are divided much faster than 128.
        var low = UInt64(high)
        repeat {
            add(UInt8(low % 10))
            low /= 10
        } while low > 0
        return buffer[start...]
    }

    private mutating func append(_ character: Unicode.Scalar) { append(UInt8(ascii: character)) }

    private mutating func append(_ byte: UInt8) {
        output[count] = byte
        count += 1
    }

    private mutating func append(_ bytes: some Sequence<UInt8>) { for byte in bytes { append(byte) } }

    private mutating func appendZeros(_ count: Int) { for _ in 0..<count { append("0") } }
}
