import JSON
import TestSupport
import Testing

@Suite("JSON properties")
struct JSONPropertyTests {
    @Test("a value that is written and parsed is the same value", arguments: SeededGenerator.seeds)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let value = RandomJSON.value(depth: 5, using: &random)
            let parsed = try JSONValue(parsing: value.bytes)
            #expect(parsed == value, "seed \(seed), round \(round)")
            #expect(parsed.bytes == value.bytes, "seed \(seed), round \(round)")
            #expect(parsed.hashValue == value.hashValue, "seed \(seed), round \(round)")
        }
    }

    @Test("whitespace between tokens changes nothing, and minifying removes it", arguments: SeededGenerator.seeds)
    func whitespace(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let value = RandomJSON.value(depth: 4, using: &random)
            let spaced = RandomJSON.spaced(value, using: &random)
            #expect(try JSONText.minified(spaced) == value.bytes, "seed \(seed), round \(round)")
            #expect(try JSONValue(parsing: spaced) == value, "seed \(seed), round \(round)")
        }
    }

    @Test(
        "damaged text is rejected or accepted by parser and minifier alike, and never crashes",
        arguments: SeededGenerator.seeds)
    func damagedText(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            var text = RandomJSON.value(depth: 3, using: &random).bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) where !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: text.remove(at: place)
                case 2: text.insert(RandomJSON.interestingBytes.randomElement(using: &random)!, at: place)
                default: text.removeSubrange(place...)
                }
            }
            expectAgreement(on: text, "seed \(seed), round \(round)")
        }
    }

    @Test(
        "random bytes are rejected or accepted by parser and minifier alike, and never crash",
        arguments: SeededGenerator.seeds)
    func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<10_000 {
            let count = Int.random(in: 0..<40, using: &random)
            let text = (0..<count).map { _ in
                Bool.random(using: &random)
                    ? RandomJSON.interestingBytes.randomElement(using: &random)!
                    : UInt8.random(in: .min ... .max, using: &random)
            }
            expectAgreement(on: text, "seed \(seed), round \(round)")
        }
    }

    private func expectAgreement(on text: [UInt8], _ place: Comment) {
        let parsed = Result { try JSONValue(parsing: text) }
        let minified = Result { try JSONText.minified(text) }
        switch (parsed, minified) {
        case (.success(let value), .success(let shorter)):
            #expect((try? JSONValue(parsing: shorter)) == value, place)
            #expect((try? JSONText.minified(shorter)) == shorter, place)
        case (.failure(let first), .failure(let second)):
            #expect(first as? JSONError == second as? JSONError, place)
        default:
            Issue.record("parser and minifier disagree on \(text): \(place)")
        }
    }
}
