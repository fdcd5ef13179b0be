import JSON
import TestSupport
import Testing

@testable import KeyedRows

@Suite("Exact decimals")
struct ExactDecimalTests {
    @Test(
        "each value has one text",
        arguments: [
            ("0", "0"), ("-0", "0"), ("-0.00e5", "0"), ("12", "12"), ("12.50", "12.5"), ("1.2500e1", "12.5"),
            ("-0.001", "-0.001"), ("-1E-3", "-0.001"), ("1200", "1200"), ("12e2", "1200"), ("100e-2", "1"),
            ("1e39", "1000000000000000000000000000000000000000"), ("1e40", "1e40"), ("-1e39", "-1e39"),
            ("125e50", "1.25e52"),
            ("1e50", "1e50"), ("1.25e-60", "1.25e-60"), ("1e-38", "0.00000000000000000000000000000000000001"),
            ("1e-39", "1e-39"), ("1234567890123456789012345678901234", "1234567890123456789012345678901234"),
            ("0.1234567890123456789012345678901234", "0.1234567890123456789012345678901234"), ("1e6111", "1e6111"),
            ("9999999999999999999999999999999999e6111", "9.999999999999999999999999999999999e6144"),
            ("1e-6176", "1e-6176"),
        ])
    func text(written: String, canonical: String) throws {
        let decimal = try decimal(written)
        #expect(decimal.number.text == canonical)
        #expect(ExactDecimal(decimal.number) == decimal)
    }

    @Test(
        "numbers with more digits or with an exponent out of range are refused",
        arguments: [
            "12345678901234567890123456789012345", "0.12345678901234567890123456789012345", "1e6112", "1e-6177",
            "1e99999999999999999999", "1e-99999999999999999999", "1.5e-6176",
            "1" + String(repeating: "0", count: 100) + "1",
        ])
    func refused(_ text: String) throws {
        #expect(ExactDecimal(try #require(JSONNumber(text))) == nil)
    }

    @Test("zeros at either end are not significant digits")
    func zeros() throws {
        let zeros = String(repeating: "0", count: 1000)
        #expect(ExactDecimal(try #require(JSONNumber("0." + zeros + "12" + zeros)))?.number.text == "1.2e-1001")
        #expect(ExactDecimal(try #require(JSONNumber("12" + zeros)))?.number.text == "1.2e1001")
    }

    @Test(
        "sums are exact, and refused beyond 34 digits",
        arguments: [
            ("0.1", "0.2", "0.3"), ("1", "-1", "0"), ("9999999999999999999999999999999999", "1", "1e34"),
            ("9999999999999999999999999999999999", "2", nil), ("1e33", "0.1", nil),
            ("1e33", "1", "1" + String(repeating: "0", count: 32) + "1"),
            ("1e6111", "0", "1e6111"), ("1e6111", "1", nil), ("1e6111", "-1e6111", "0"),
            ("5e-6176", "5e-6176", "1e-6175"),
            ("9e6111", "1e6111", nil), ("8e6111", "1e6111", "9e6111"),
        ])
    func sums(left: String, right: String, sum: String?) throws {
        let left = try decimal(left)
        let right = try decimal(right)
        let expected = sum.flatMap { JSONNumber($0) }.flatMap { ExactDecimal($0) }
        #expect(left.adding(right) == expected)
        #expect(right.adding(left) == expected)
    }

    private func decimal(_ text: String) throws -> ExactDecimal {
        let number = try #require(JSONNumber(text))
        return try #require(ExactDecimal(number))
    }

    @Test("sums and order equal those of arithmetic with digits", arguments: SeededGenerator.seeds)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let (left, right) = (PlainDecimal(&random), PlainDecimal(&random))
            let decimals = try [left, right].map { try decimal($0.text) }
            let sum = left.adding(right)
            #expect(
                decimals[0].adding(decimals[1]).map(\.number.text) == sum.canonical, "seed \(seed): \(left) + \(right)")
            let difference = left.adding(PlainDecimal(digits: right.digits, isNegative: !right.isNegative))
            #expect((decimals[0] < decimals[1]) == difference.isLessThanZero, "seed \(seed): \(left) < \(right)")
            #expect((decimals[0] == decimals[1]) == difference.isZero, "seed \(seed): \(left) == \(right)")
        }
    }
}

/// Digits of a number with 40 decimals, the least significant first.
struct PlainDecimal {
    static let decimals = 40
    var digits: [Int]
    var isNegative: Bool

    init(digits: [Int], isNegative: Bool) { (self.digits, self.isNegative) = (digits, isNegative) }

    init(_ random: inout SeededGenerator) {
        digits = Array(repeating: 0, count: 80)
        let length = random.chance(1, of: 3) ? random.number(1...34) : random.number(1...4)
        let start = random.chance(1, of: 3) ? random.number(0...40) : random.number(38...41)
        for place in start..<start + length { digits[place] = random.chance(1, of: 4) ? 9 : random.number(0...9) }
        isNegative = random.chance(1, of: 2)
    }

    var text: String {
        let whole = digits[Self.decimals...].reversed().drop { $0 == 0 }.map(String.init).joined()
        let fraction = digits[..<Self.decimals].reversed().map(String.init).joined()
        return (isNegative ? "-" : "") + (whole.isEmpty ? "0" : whole) + "." + fraction
    }

    var isZero: Bool { digits.allSatisfy { $0 == 0 } }
    var isLessThanZero: Bool { isNegative && !isZero }

    func adding(_ other: PlainDecimal) -> PlainDecimal {
        var sum = zip(signed, other.signed).map { $0 + $1 }
        let negative = (sum.last { $0 != 0 } ?? 0) < 0
        if negative { sum = sum.map { -$0 } }
        var carry = 0
        for place in sum.indices {
            let value = sum[place] + carry
            carry = value >= 0 ? value / 10 : -((9 - value) / 10)
            sum[place] = value - 10 * carry
        }
        return PlainDecimal(digits: sum, isNegative: negative)
    }

    private var signed: [Int] { isNegative ? digits.map { -$0 } : digits }

    /// The text without zeros at its ends; nil when it has more than 34 digits or, with an exponent, more characters than
    /// plain text may have.
    var canonical: String? {
        guard let first = digits.firstIndex(where: { $0 != 0 }), let last = digits.lastIndex(where: { $0 != 0 }) else {
            return "0"
        }
        guard last - first < 34 else { return nil }
        let sign = isNegative ? "-" : ""
        let significant = digits[first...last].reversed().map(String.init).joined()
        var plain = text.drop { $0 == "-" }
        while plain.last == "0" { plain.removeLast() }
        if plain.last == "." { plain.removeLast() }
        if sign.count + plain.count <= 40 { return sign + plain }
        let rest = significant.dropFirst()
        return sign + significant.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e\(last - Self.decimals)"
    }
}
