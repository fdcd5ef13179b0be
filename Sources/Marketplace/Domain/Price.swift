import Commands
public import JSON

/// A price: an exact decimal from 0 to 999,999,999,999.9999.
///
/// Prices are equal when their values are, however they were written: `1.50`,
/// `1.5` and `15e-1` are one price. No currency is attached.
public struct Price: Sendable, Hashable, Comparable {
    /// The price in ten-thousandths: 19.99 is 199,900.
    public let tenThousandths: Int

    /// Nothing to pay.
    public static let zero = Price(tenThousandths: 0)
    /// The smallest above nothing.
    static let smallest = Price(tenThousandths: 1)

    static let maximumIntegerDigits = 12
    static let maximumFractionDigits = 4
    /// The largest, in ten-thousandths.
    private static let maximum = 9_999_999_999_999_999

    private init(tenThousandths: Int) {
        self.tenThousandths = tenThousandths
    }

    /// Takes the exact value of a number.
    ///
    /// Nil when it is negative, or when it has more than 12 digits before or
    /// more than 4 digits after the decimal point, zeros at either end not
    /// counted.
    public init?(_ number: JSONNumber) {
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

    /// The sum; nil when it is no price.
    func adding(_ other: Price) -> Price? {
        let sum = tenThousandths + other.tenThousandths
        return sum <= Self.maximum ? Price(tenThousandths: sum) : nil
    }

    /// Orders prices by value.
    public static func < (left: Price, right: Price) -> Bool {
        left.tenThousandths < right.tenThousandths
    }
}

extension Price: CustomStringConvertible {
    /// The shortest decimal: `19.99`, `5`, `0.5`.
    public var text: String {
        let (whole, fraction) = tenThousandths.quotientAndRemainder(dividingBy: 10_000)
        if fraction == 0 { return String(whole) }
        var digits = String(fraction + 10_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// The same as `text`.
    public var description: String { text }

    /// The shortest JSON number of the price.
    public var number: JSONNumber {
        guard let number = JSONNumber(text) else {
            preconditionFailure("\(text) is written as a JSON number")
        }
        return number
    }
}

extension Rule<Price> {
    static let price = price("a number, 0 or more", from: .zero)

    static let positivePrice = price("a number above 0", from: .smallest)

    private static func price(_ words: String, from least: Price) -> Rule {
        Rule(
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
