import TestSupport
import Testing
import WebSocket

@Suite("UTF-8 in pieces")
struct UTF8ValidatorTests {
    private func isValid(_ pieces: [[UInt8]]) -> Bool {
        var validator = UTF8Validator()
        for piece in pieces where !piece.withUnsafeBytes({ validator.accept($0) }) { return false }
        return validator.isComplete
    }

    @Test(
        "the edges of every range are valid or not as in Unicode",
        arguments: [
            [0x7F], [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2, 0x80], [0xDF, 0xBF], [0xC2], [0xC2, 0x41],
            [0xE0, 0x9F, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xEF, 0xBF, 0xBF],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0x41, 0xE2, 0x82, 0xAC, 0x42],
        ] as [[UInt8]])
    func edges(_ bytes: [UInt8]) {
        let expected = String(validating: bytes, as: UTF8.self) != nil
        #expect(isValid([bytes]) == expected)
        #expect(isValid(bytes.map { [$0] }) == expected)
    }

    @Test(
        "random bytes in random pieces are valid when the standard library says so", arguments: [1, 2, 3] as [UInt64])
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<3000 {
            var bytes = Array(
                "cafés ☕️ and 𝄞 clefs, then plain ASCII".utf8.prefix(Int.random(in: 0...48, using: &generator)))
            for _ in 0..<Int.random(in: 0...2, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            #expect(isValid(generator.cut(bytes)) == expected, "seed \(seed), round \(round): \(bytes)")
        }
    }

    @Test("a character that can no longer become valid fails at that byte")
    func failsFast() {
        var validator = UTF8Validator()
        #expect(([0x41, 0xF4] as [UInt8]).withUnsafeBytes { validator.accept($0) })
        #expect(!([0x90] as [UInt8]).withUnsafeBytes { validator.accept($0) })
    }
}
