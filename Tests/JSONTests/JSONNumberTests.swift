import JSON
import Testing

@Suite("JSON numbers")
struct JSONNumberTests {
    @Test(
        "only a number of the grammar is accepted",
        arguments: ["", " 1", "1 ", "+1", "01", "1.", "NaN", "1e", "one", "1,2", "١"])
    func refusesOtherText(text: String) {
        #expect(JSONNumber(text) == nil)
    }

    @Test(
        "a whole number is exact, however it is written",
        arguments: [
            ("0", 0), ("-0", 0), ("-0.000e9", 0), ("12", 12), ("12.0", 12), ("1.2e1", 12), ("1200e-2", 12),
            ("-5E0", -5),
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9.223372036854775807e18", Int.max),
            ("-9223372036854775808.0", Int.min), ("0e99999999999999999999", 0),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("9223372036854775808.0", nil),
            ("1.5", nil), ("1e-1", nil), ("1e19", nil), ("1e99999999999999999999", nil),
            ("1e-99999999999999999999", nil),
        ] as [(String, Int?)])
    func readsWholeNumbers(text: String, value: Int?) throws {
        let number = try #require(JSONNumber(text))
        #expect(number.int == value)
        #expect(number.text == text)
    }

    @Test(
        "the decimal is exact and without zeros at its ends",
        arguments: [
            ("1.50", false, [1, 5], -1), ("15e-1", false, [1, 5], -1), ("-0.0120", true, [1, 2], -3),
            ("100", false, [1], 2),
            ("0.000", false, [], 0), ("1e2000000000", false, [1], 1_000_000_000),
        ] as [(String, Bool, [UInt8], Int)])
    func readsDecimals(text: String, isNegative: Bool, digits: [UInt8], exponent: Int) throws {
        let decimal = try #require(JSONNumber(text)?.decimal)
        #expect(decimal.isNegative == isNegative)
        #expect(decimal.digits == digits)
        #expect(decimal.exponent == exponent)
    }

    @Test(
        "a double is the nearest, infinite beyond the range",
        arguments: [
            ("0.1", 0.1), ("-2.5e3", -2500), ("1e400", .infinity), ("-1e400", -.infinity), ("1e-400", 0),
            ("5e-324", .leastNonzeroMagnitude),
            ("0." + String(repeating: "3", count: 5_000), 1.0 / 3.0), ("1e99999999999999999999", .infinity),
            ("1" + String(repeating: "0", count: 400), .infinity),
        ])
    func readsDoubles(text: String, value: Double) {
        #expect(JSONNumber(text)?.double == value)
    }

    @Test(
        "a finite double is written so that it reads back",
        arguments: [0, -0.0, 0.1, 1e21, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 100])
    func writesDoubles(value: Double) throws {
        let number = try #require(JSONNumber(value))
        #expect(JSONNumber(number.text)?.double == value)
    }

    @Test("a value that is not finite is not a JSON number", arguments: [Double.infinity, -.infinity, .nan])
    func refusesNonFinite(value: Double) {
        #expect(JSONNumber(value) == nil)
    }

    @Test("numbers are equal when their texts are")
    func comparesByText() {
        #expect(JSONNumber("1.0") != JSONNumber("1"))
        #expect(JSONNumber("17") == JSONNumber(17))
        #expect(JSONNumber(UInt64.max).text == "18446744073709551615")
    }
}
