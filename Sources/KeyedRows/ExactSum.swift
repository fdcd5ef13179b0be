import JSON

/// A sum of numbers to which numbers are added and from which they are subtracted again: exact, and independent of the order.
///
/// A number whose last digit is beyond the 34th decimal, that has more than 34 digits, or whose first digit is beyond the
/// 68th before the point, is not counted.
struct ExactSum: Sendable {
    /// The sum of the numbers below 10^19 with at most 9 decimals, in units of 10^-9: also 10^9 of them fit.
    private var narrow: Int128 = 0
    /// The sum of all other numbers, in units of 10^-34.
    private var wide = WideInteger()

    init() {}

    private static let narrowDecimals = 9
    private static let narrowDigits = 19
    private static let wideDecimals = 34
    private static let wideDigits = 68

    mutating func add(_ value: StoredValue) { add(value, isSubtracted: false) }

    /// Subtracts a number that was added.
    mutating func subtract(_ value: StoredValue) { add(value, isSubtracted: true) }

    private mutating func add(_ value: StoredValue, isSubtracted: Bool) {
        guard case .number(let text) = value,
            let digits = DecimalDigits(text, maximum: ExactDecimal.maximumDigits),
            digits.exponent >= -Self.wideDecimals, digits.count + digits.exponent <= Self.wideDigits
        else { return }
        let isNegative = digits.isNegative != isSubtracted
        if digits.exponent >= -Self.narrowDecimals, digits.count + digits.exponent <= Self.narrowDigits {
            let scale = DecimalDigits.powersOfTen[digits.exponent + Self.narrowDecimals]
            let units = Int128(digits.coefficient * scale)
            narrow += isNegative ? -units : units
        } else {
            let units = WideInteger(digits.coefficient, scaledBy: digits.exponent + Self.wideDecimals)
            wide.add(units, isNegative: isNegative)
        }
    }

    /// Reads what `write` wrote, and moves past it.
    init(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        narrow = bytes.loadUnaligned(fromByteOffset: position, as: Int128.self)
        position += MemoryLayout<Int128>.size
        wide = WideInteger(bytes, &position)
    }

    /// The most bytes that `write` writes.
    static var maximumByteCount: Int { MemoryLayout<Int128>.size + WideInteger.maximumByteCount }

    /// Writes the sum at a position, and moves past it.
    func write(to output: UnsafeMutableRawBufferPointer, at position: inout Int) {
        output.storeBytes(of: narrow, toByteOffset: position, as: Int128.self)
        position += MemoryLayout<Int128>.size
        wide.write(to: output, at: &position)
    }

    /// The sum; nil when it has more than 34 digits.
    var total: ExactDecimal? {
        guard !wide.isZero else { return ExactDecimal(coefficient: narrow, exponent: -Self.narrowDecimals) }
        var sum = wide
        sum.add(
            WideInteger(narrow.magnitude, scaledBy: Self.wideDecimals - Self.narrowDecimals), isNegative: narrow < 0)
        return sum.decimal(exponent: -Self.wideDecimals)
    }
}

/// A signed integer of 448 bits. A sum of 2^64 numbers below 10^102 fits.
private struct WideInteger: Sendable {
    /// Two's complement, the least significant word first; empty for zero.
    private var words: [UInt64] = []

    private static let count = 7

    init() {}

    /// The number of words in one byte, then the words.
    init(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        let count = Int(bytes[position])
        position += 1
        guard count > 0 else { return }
        let start = position
        words = (0..<count).map { bytes.loadUnaligned(fromByteOffset: start + 8 * $0, as: UInt64.self) }
        position += 8 * count
    }

    static var maximumByteCount: Int { 1 + 8 * count }

    func write(to output: UnsafeMutableRawBufferPointer, at position: inout Int) {
        output[position] = UInt8(words.count)
        position += 1
        for word in words {
            output.storeBytes(of: word, toByteOffset: position, as: UInt64.self)
            position += 8
        }
    }

    /// `value` times ten to the power of `exponent`.
    init(_ value: UInt128, scaledBy exponent: Int) {
        words = Array(repeating: 0, count: Self.count)
        words[0] = UInt64(truncatingIfNeeded: value)
        words[1] = UInt64(truncatingIfNeeded: value >> 64)
        var rest = exponent
        while rest > 0 {
            let step = min(rest, 19)
            multiply(by: UInt64(DecimalDigits.powersOfTen[step]))
            rest -= step
        }
    }

    var isZero: Bool { words.isEmpty }

    private mutating func multiply(by factor: UInt64) {
        var carry: UInt64 = 0
        for index in words.indices {
            let product = UInt128(words[index]) * UInt128(factor) + UInt128(carry)
            words[index] = UInt64(truncatingIfNeeded: product)
            carry = UInt64(truncatingIfNeeded: product >> 64)
        }
    }

    mutating func add(_ other: WideInteger, isNegative: Bool) {
        if words.isEmpty { words = Array(repeating: 0, count: Self.count) }
        // Two's complement: subtracting is adding the complement and one.
        var carry: UInt128 = isNegative ? 1 : 0
        for index in words.indices {
            let word = isNegative ? ~other.words[index] : other.words[index]
            carry += UInt128(words[index]) + UInt128(word)
            words[index] = UInt64(truncatingIfNeeded: carry)
            carry >>= 64
        }
        if words.allSatisfy({ $0 == 0 }) { words = [] }
    }

    /// The value times ten to the power of `exponent`; nil when it has more than 34 digits.
    func decimal(exponent: Int) -> ExactDecimal? {
        guard !isZero else { return ExactDecimal(0) }
        var magnitude = self
        let isNegative = words[Self.count - 1] >> 63 == 1
        if isNegative {
            magnitude.words = []
            magnitude.add(self, isNegative: true)
        }
        var exponent = exponent
        while magnitude.words[2...].contains(where: { $0 != 0 }) {
            guard magnitude.divideByTen() == 0 else { return nil }
            exponent += 1
        }
        let value = UInt128(magnitude.words[1]) << 64 | UInt128(magnitude.words[0])
        guard let decimal = ExactDecimal(magnitude: value, exponent: exponent) else { return nil }
        return isNegative ? decimal.negated : decimal
    }

    /// - Returns: the remainder.
    private mutating func divideByTen() -> UInt64 {
        var remainder: UInt128 = 0
        for index in words.indices.reversed() {
            let value = remainder << 64 | UInt128(words[index])
            words[index] = UInt64(truncatingIfNeeded: value / 10)
            remainder = value % 10
        }
        return UInt64(remainder)
    }
}
