import JSON
import TestSupport
import Testing

@testable import KeyedRows

@Suite("Values in order")
struct SortValueTests {
    /// Each line is less than the next one; the values of a line are equal.
    private static let ascending: [[JSONValue?]] = [
        [nil], [.null], [false], [true],
        numbers("-1e1000000", "-10e999999"), numbers("-1e400"), numbers("-123456789012345678901234567890"),
        numbers("-1000000000000000000", "-1e18"), numbers("-999999999999999999"), numbers("-12"), numbers("-1.5"),
        numbers("-1e-400"), numbers("0", "-0", "0.000", "0e7"), numbers("1e-1000000"), numbers("0.001", "1e-3"),
        numbers("0.0010000000000000000000000001"), numbers("0.1", "0.10", "1E-1"), numbers("1", "1.0", "10e-1"),
        numbers("1.5"),
        numbers("9007199254740992"), numbers("9007199254740993"), numbers("1234567890123456789"),
        numbers("1234567890123456789.1"), numbers("1e300", "10e299"), numbers("1e400"), numbers("1e401"),
        [""], ["10"], ["9"], ["a"], ["aa"], ["e\u{301}"], ["é"],
        [[], ["x"], [:], ["a": 1]],
    ]

    private static func numbers(_ texts: String...) -> [JSONValue?] {
        texts.map { JSONNumber($0).map { .number($0) } }
    }

    @Test("missing < null < false < true < numbers by value < strings by bytes < arrays and objects")
    func order() {
        for (lower, line) in Self.ascending.enumerated() {
            for (upper, other) in Self.ascending.enumerated() {
                for (left, right) in line.flatMap({ value in other.map { (SortValue(value), SortValue($0)) } }) {
                    #expect((left < right) == (lower < upper), "\(left) and \(right)")
                    #expect((left == right) == (lower == upper), "\(left) and \(right)")
                    if lower == upper { #expect(left.hashValue == right.hashValue) }
                }
            }
        }
    }

    @Test("the value of a sort value sorts equally", arguments: ascending.flatMap { $0 })
    func value(_ value: JSONValue?) {
        #expect(SortValue(SortValue(value).json) == SortValue(value))
    }

    @Test("numbers are ordered as exact fractions of the same denominator", arguments: SeededGenerator.seeds)
    func randomNumbers(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let numbers = try (0..<2).map { _ in
                let digits = random.number(0...3) == 0 ? 1...9_000_000_000_000_000_000 : 1...200
                let value = random.number(digits) * (random.chance(1, of: 2) ? 1 : -1)
                let exponent = random.number(-9...9)
                let number = try #require(JSONNumber("\(value)e\(exponent)"))
                return (SortValue(.number(number)), Int128(value) * power(exponent + 9))
            }
            #expect((numbers[0].0 < numbers[1].0) == (numbers[0].1 < numbers[1].1), "seed \(seed): \(numbers)")
            #expect((numbers[0].0 == numbers[1].0) == (numbers[0].1 == numbers[1].1), "seed \(seed): \(numbers)")
        }
    }

    private func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 } }
}
