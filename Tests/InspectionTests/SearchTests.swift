import Glibc
import JSON
import TestSupport
import Testing

@testable import Inspection

@Suite("searching bytes and JSON")
struct SearchTests {
    @Test("the first index is the one that a search at every index finds", arguments: SeededGenerator.seeds)
    func places(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let ignoresCase = random.chance(1, of: 2)
            let bytes = letters(0...80, &random)
            let needle = letters(1...random.number(1...20), &random)
            let search = ByteSearch(
                ignoresCase ? Array(String(decoding: needle, as: UTF8.self).lowercased().utf8) : needle,
                ignoresCase: ignoresCase)
            let fold = { (bytes: [UInt8]) in
                ignoresCase ? Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8) : bytes
            }
            let expected =
                bytes.count < needle.count
                ? nil
                : (0...bytes.count - needle.count).first { place in
                    fold(bytes)[place..<place + needle.count].elementsEqual(fold(needle))
                }
            #expect(bytes.withUnsafeBytes(search.firstIndex) == expected, "seed \(seed): \(needle) in \(bytes)")
        }
    }

    @Test("bytes that nearly match everywhere are found correctly", arguments: SeededGenerator.seeds)
    func nearMisses(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            // Long enough for the search to change its algorithm.
            var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: random.number(9000...12_000))
            for _ in 0..<random.number(0...3) { bytes[random.number(0...bytes.count - 1)] = UInt8(ascii: "b") }
            var needle = [UInt8](repeating: UInt8(ascii: "a"), count: random.number(100...300))
            needle[random.number(1...needle.count - 2)] = UInt8(ascii: "b")
            let expected = String(decoding: bytes, as: UTF8.self).firstRange(
                of: String(decoding: needle, as: UTF8.self)
            )
            .map {
                String(decoding: bytes, as: UTF8.self).utf8.distance(
                    from: String(decoding: bytes, as: UTF8.self).startIndex, to: $0.lowerBound)
            }
            #expect(bytes.withUnsafeBytes(ByteSearch(needle).firstIndex) == expected, "seed \(seed)")
        }
    }

    @Test(
        "a long text costs no more than a short one of the same kind",
        arguments: [
            { String(repeating: "a", count: $0 - 1) + "b" },
            { String(repeating: "a", count: $0 / 2 - 1) + "b" + String(repeating: "a", count: $0 / 2) },
            { "b" + String(repeating: "a", count: $0 - 1) },
        ] as [@Sendable (Int) -> String])
    func cost(_ text: @Sendable (Int) -> String) {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        func fastest(_ length: Int) -> Duration {
            let search = ByteSearch(Array(text(length).utf8), ignoresCase: true)
            return (0..<5).map { _ in processorTime { #expect(bytes.withUnsafeBytes(search.firstIndex) == nil) } }.min()
                ?? .zero
        }
        // Comparing the whole text at each index would cost sixteen times as much.
        #expect(fastest(256) < fastest(16) * 6)
    }

    /// The processor time of this thread for some work, independent of other load on the machine.
    private func processorTime(_ work: () -> Void) -> Duration {
        func now() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        let start = now()
        work()
        return now() - start
    }

    private func letters(_ count: ClosedRange<Int>, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<random.number(count)).map { _ in Array("aAbB@`[{".utf8)[random.number(0...7)] }
    }

    @Test("a path finds the value that a parser finds", arguments: SeededGenerator.seeds)
    func paths(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let text = json(4, &random).bytes
            let names = (0..<random.number(1...3)).map { _ in ["a", "b\"", "é", "0", "1"][random.number(0...4)] }
            var expected: JSONValue? = try JSONValue(parsing: text)
            for name in names { expected = expected?.child(name) }
            let found = text.withUnsafeBytes { bytes in FieldPath(names).find(in: bytes).map { Array(bytes[$0]) } }
            #expect(found == expected?.bytes, "seed \(seed): \(names) in \(String(decoding: text, as: UTF8.self))")
        }
    }

    private func json(_ depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        switch random.number(0...(depth == 0 ? 3 : 6)) {
        case 0: return .null
        case 1: return .number(JSONNumber(random.number(-5...5)))
        case 2: return .string(["", "\\", "\"}", "a,b]", "é"][random.number(0...4)])
        case 3: return .bool(true)
        case 4: return .array((0..<random.number(0...3)).map { _ in json(depth - 1, &random) })
        default:
            return .object(
                JSONObject(
                    (0..<random.number(0...4)).map { _ in
                        (["a", "b\"", "é", "0"][random.number(0...3)], json(depth - 1, &random))
                    }))
        }
    }

    @Test(
        "escaped names are found, and the last one of a repeated name",
        arguments: [
            (#"{"\u0061":1}"#, ["a"], "1"), (#"{"a":1,"a":2}"#, ["a"], "2"),
            (#"{"a":{"b":[[],{"c":"x]"}]}}"#, ["a", "b", "1", "c"], #""x]""#),
            (#"{"a":1"#, ["b"], nil), (#"{"a"#, ["a"], nil), (#"{""#, ["a"], nil), ("[1,2", ["1"], "2"),
            ("[", ["0"], nil), ("", ["a"], nil), (#""\"#, ["a"], nil), ("7", [], "7"),
        ] as [(String, [String], String?)])
    func oddities(_ text: String, _ names: [String], _ expected: String?) {
        let found = Array(text.utf8).withUnsafeBytes { bytes in
            FieldPath(names).find(in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        #expect(found == expected)
    }

    @Test(
        "escapes are resolved",
        arguments: [
            (#"a\u00e9\n\"\\\/"#, "aé\n\"\\/"), (#"\ud83d\ude00!"#, "😀!"), (#"\ud83d"#, "\u{FFFD}"),
            (#"\ude00\u0041"#, "\u{FFFD}A"), (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\u00"#, "u00"), (#"\"#, "\\"),
        ])
    func escapes(_ text: String, _ expected: String) {
        #expect(String(decoding: Array(text.utf8).withUnsafeBytes(JSONEscapes.resolved), as: UTF8.self) == expected)
    }
}

extension JSONValue {
    /// The member of that name, or the element of that number.
    fileprivate func child(_ name: String) -> JSONValue? {
        guard let array else { return self[name] }
        guard let index = Int(name), array.indices.contains(index) else { return nil }
        return array[index]
    }
}
