import JSON
import TestSupport
import Testing
@testable import Marketplace

@Suite("Prices")
struct PriceTests {
    @Test(
        "a price is exact and written without superfluous zeros",
        arguments: [
            ("0", "0"), ("-0", "0"), ("0.0", "0"), ("0.10", "0.1"), ("19.99", "19.99"), ("0.0001", "0.0001"),
            ("1.0500", "1.05"),
            ("1e3", "1000"), ("12345E-4", "1.2345"), ("0.000012e5", "1.2"), ("999999999999.9999", "999999999999.9999"),
            ("000000e9", nil), ("1e12", nil), ("-1", nil), ("-1e-4", nil), ("0.00001", nil),
            ("1e-99999999999999999999", nil),
            ("0e99999999999999999999", "0"),
        ] as [(String, String?)])
    func exact(text: String, written: String?) {
        #expect(JSONNumber(text).flatMap(Price.init)?.text == written)
    }

    @Test("a price reads back as itself", arguments: SeededGenerator.seeds)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<2_000 {
            let whole = Int.random(in: 0...[9, 99_999, 999_999_999_999].randomElement(using: &random)!, using: &random)
            let fraction = String(Int.random(in: 0...9_999, using: &random) + 10_000).dropFirst()
            let price = try #require(JSONNumber("\(whole).\(fraction)").flatMap(Price.init))
            #expect(Price(price.number) == price, "seed \(seed), round \(round)")
            #expect(price.tenThousandths == whole * 10_000 + Int(fraction)!, "seed \(seed), round \(round)")
        }
    }

    @Test("prices are ordered by value")
    func ordered() throws {
        let texts = ["10", "9.99", "9.9901", "0", "1e1"]
        let prices = texts.compactMap { JSONNumber($0).flatMap(Price.init) }.sorted()
        #expect(prices.map(\.text) == ["0", "9.99", "9.9901", "10", "10"])
    }
}
