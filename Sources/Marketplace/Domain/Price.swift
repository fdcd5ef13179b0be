import Commands
import JSON

/// A price: an exact decimal from 0 to 999,999,999,999.9999.
///
/// Prices are equal when their values are equal: `1.50`, `1.5` and `15e-1` are the same price. A price has no currency.
struct Price: Sendable, Hashable, Comparable {
    /// The price in ten-thousandths: 19.99 is 199,900.
    let tenThousandths: Int

    /// The price 0.
    static let zero = Price(tenThousandths: 0)
    /// The lowest price above 0.
    static let smallest = Price(tenThousandths: 1)

    static let maximumIntegerDigits = 12
    static let maximumFractionDigits = 4
    /// The highest price, in ten-thousandths.
    private static let maximum = 9_999_999_999_999_999

    private init(tenThousandths: Int) {
        self.tenThousandths = tenThousandths
    }

    /// Makes a price of the exact value of a number.
    ///
    /// - Returns: nil for a negative number, and for a number with more than 12 digits before or more than 4 digits
    ///   after the decimal point. Zeros at either end are not counted.
    init?(_ number: JSONNumber) {
        let decimal = number.decimal
        if decimal.digits.isEmpty {
            self = .zero
            return
        }
        guard !decimal.isNegative,
            decimal.exponent >= -Self.maximumFractionDigits,
            decimal.digits.count + decimal.exponent <= Self.maximumIntegerDigits
        else { return nil }
        var value = 0
        for digit in decimal.digits { value = value * 10 + Int(digit) }
        for _ in 0..<(decimal.exponent + Self.maximumFractionDigits) { value *= 10 }
        tenThousandths = value
    }

    /// The sum of two prices; nil when the sum is above the highest price.
    func adding(_ other: Price) -> Price? {
        let sum = tenThousandths + other.tenThousandths
        return sum <= Self.maximum ? Price(tenThousandths: sum) : nil
    }

    /// Orders prices by value.
    static func < (left: Price, right: Price) -> Bool {
        left.tenThousandths < right.tenThousandths
    }
}

extension Price: CustomStringConvertible {
    /// The shortest decimal: `19.99`, `5`, `0.5`.
    var text: String {
        let (whole, fraction) = tenThousandths.quotientAndRemainder(dividingBy: 10_000)
        if fraction == 0 { return String(whole) }
        var digits = String(fraction + 10_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// The same as `text`.
    var description: String { text }

    /// The shortest JSON number of the price.
    var number: JSONNumber {
        guard let number = JSONNumber(text) else {
            preconditionFailure("\(text) is written as a JSON number")
        }
        return number
    }
}

extension FieldRule<Price> {
    /// A price.
    static let price = price("a number, 0 or more", from: .zero)

    /// A price above 0.
    static let positivePrice = price("a number above 0", from: .smallest)

    private static func price(_ words: String, from least: Price) -> FieldRule {
        FieldRule(
            expectation: words + ", with at most \(Price.maximumIntegerDigits) digits before "
                + "and \(Price.maximumFractionDigits) after the decimal point",
            read: { (json) throws(Mismatch) in
                guard let number = json.number else { throw Mismatch(found: json.kindName) }
                guard let price = Price(number), price >= least else { throw Mismatch(found: number.text.shortened) }
                return price
            },
            write: { .number($0.number) })
    }
}
