import JSON

/// The rules for numbers, which are compared exactly.
struct NumberRules: Sendable {
    var minimum: NumberBound?
    var maximum: NumberBound?
    var exclusiveMinimum: NumberBound?
    var exclusiveMaximum: NumberBound?
    var divisor: Divisor?

    /// What is wrong with a number; nil when the number fits.
    func fault(of number: JSONNumber) -> String? {
        let found = "not \(number.text.shortened)"
        if let minimum, minimum.compare(number) < 0 { return "must be at least \(minimum.text), \(found)" }
        if let exclusiveMinimum, exclusiveMinimum.compare(number) <= 0 {
            return "must be greater than \(exclusiveMinimum.text), \(found)"
        }
        if let maximum, maximum.compare(number) > 0 { return "must be at most \(maximum.text), \(found)" }
        if let exclusiveMaximum, exclusiveMaximum.compare(number) >= 0 {
            return "must be less than \(exclusiveMaximum.text), \(found)"
        }
        if let divisor, !divisor.divides(number.decimal) { return "must be a multiple of \(divisor.text), \(found)" }
        return nil
    }
}

/// A number that others are compared with.
struct NumberBound: Sendable {
    /// The number for messages.
    let text: String
    private let int: Int?
    private let decimal: JSONNumber.Decimal

    init(_ number: JSONNumber) {
        text = number.text.shortened
        int = number.int
        decimal = number.decimal
    }

    /// Negative when a number is less than the bound, zero when both are equal, positive when the number is greater.
    func compare(_ number: JSONNumber) -> Int {
        if let int, let other = Int(number.text) { return other < int ? -1 : other == int ? 0 : 1 }
        return number.decimal.compare(decimal)
    }
}

/// The value of `multipleOf`.
struct Divisor: Sendable {
    /// The number for messages.
    let text: String
    /// The number is `digits` times ten to the power of `exponent`.
    private let digits: UInt64
    private let exponent: Int

    /// The largest number of digits, so that the remainder of a division fits 64 bits.
    static let maximumDigits = 18

    /// A divisor; nil when the number is not positive or has more than `maximumDigits` digits between the first and the
    /// last that are not zero.
    init?(_ number: JSONNumber) {
        let decimal = number.decimal
        guard !decimal.isNegative, (1...Self.maximumDigits).contains(decimal.digits.count) else { return nil }
        text = number.text.shortened
        digits = decimal.digits.reduce(0) { $0 * 10 + UInt64($1) }
        exponent = decimal.exponent
    }

    /// Whether a number is a whole multiple. Large exponents cost as little as small ones.
    func divides(_ number: JSONNumber.Decimal) -> Bool {
        guard !number.digits.isEmpty else { return true }
        // With a smaller exponent than the divisor, the digits of the number would have to end with zeros.
        guard number.exponent >= exponent else { return false }
        let remainder = number.digits.reduce(0) { ($0 * 10 + UInt64($1)) % digits }
        return product(remainder, powerOfTen(number.exponent - exponent)) == 0
    }

    /// Ten to a power, modulo the digits.
    private func powerOfTen(_ power: Int) -> UInt64 {
        var result = 1 % digits
        var square = 10 % digits
        var rest = power
        while rest > 0 {
            if rest & 1 == 1 { result = product(result, square) }
            square = product(square, square)
            rest >>= 1
        }
        return result
    }

    /// A product of two numbers below the digits, modulo the digits.
    private func product(_ left: UInt64, _ right: UInt64) -> UInt64 {
        digits.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
    }
}

extension JSONNumber.Decimal {
    /// Negative when this number is less than another one, zero when both are equal, positive when it is greater.
    ///
    /// The cost is proportional to the digits, whatever the exponents are. `-0` is equal to `0`.
    func compare(_ other: JSONNumber.Decimal) -> Int {
        guard sign == other.sign else { return sign - other.sign }
        return sign * compareMagnitude(other)
    }

    private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    private func compareMagnitude(_ other: JSONNumber.Decimal) -> Int {
        // The place of the first digit decides, then the digits as text do: there are no zeros at their ends.
        let place = digits.count + exponent
        let otherPlace = other.digits.count + other.exponent
        guard place == otherPlace else { return place < otherPlace ? -1 : 1 }
        if digits == other.digits { return 0 }
        return digits.lexicographicallyPrecedes(other.digits) ? -1 : 1
    }
}
