import TestSupport
import Testing

@testable import bitacora

/// The clients of the benchmarks must not say that all is well when it is not.
@Suite("what a benchmark's client counts")
struct FrameCounterTests {
    private static let places: [FrameCounter.OffsetPlace?] = [nil, .front, .back]

    @Test("frames and pings are counted wherever the bytes are cut", arguments: places)
    func cuts(_ place: FrameCounter.OffsetPlace?) {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            var bytes: [UInt8] = []
            var pings = 0
            for offset in 1...20 {
                let size = [1, 60, 300, 70_000].randomElement(using: &random)!
                bytes += Self.frame(Self.event(offset, place ?? .front, size: size))
                if Bool.random(using: &random) {
                    bytes += Self.frame("2")
                    pings += 1
                }
            }
            let counter = Self.counter(place, bytes, using: &random)
            #expect(counter.frames == 20, "seed \(seed)")
            #expect(counter.pings == pings, "seed \(seed)")
            #expect(!counter.isOutOfOrder, "seed \(seed)")
        }
    }

    @Test(
        "an event that is missing, doubled or out of order is noticed",
        arguments: [.front, .back] as [FrameCounter.OffsetPlace],
        [[1, 3], [1, 1], [2, 1], [1, 2, 4]])
    func disorder(_ place: FrameCounter.OffsetPlace, _ offsets: [Int]) {
        var random = SeededGenerator(seed: 1)
        let bytes = offsets.flatMap { Self.frame(Self.event($0, place, size: 100)) }
        #expect(Self.counter(place, bytes, using: &random).isOutOfOrder)
    }

    @Test("control messages are no events")
    func control() {
        var random = SeededGenerator(seed: 1)
        let replayed = #"42["replayed",{"head":9},"00000000000000ff:9"]"#
        let bytes =
            Self.frame(Self.event(1, .back, size: 1)) + Self.frame(replayed) + Self.frame(Self.event(2, .back, size: 1))
        let counter = Self.counter(.back, bytes, using: &random)
        #expect(counter.frames == 3)
        #expect(!counter.isOutOfOrder)
    }

    @Test(
        "an event without its position is noticed",
        arguments: [#"{"offset":9}]"#, #"{"offset":9}"]"#, #"{"id":"bench:9}"}]"#, "{}]", #""9"]"#, "9]", ""])
    func noPosition(_ end: String) {
        var random = SeededGenerator(seed: 1)
        let bytes = Self.frame(Self.event(8, .back, size: 1)) + Self.frame(#"42["bench.event",{"n":1},"# + end)
        #expect(Self.counter(.back, bytes, using: &random).isOutOfOrder)
    }

    private static func event(_ offset: Int, _ place: FrameCounter.OffsetPlace, size: Int) -> String {
        let text = String(repeating: "x", count: size)
        return switch place {
        case .front: #"{"offset":\#(offset),"data":"\#(text)"}"#
        case .back: #"42["bench.event","\#(text)",{"offset":\#(offset)},"00000000000000ff:\#(offset)"]"#
        }
    }

    private static func frame(_ text: String) -> [UInt8] {
        let count = text.utf8.count
        let length: [UInt8] =
            switch count {
            case ..<126: [UInt8(count)]
            case ..<65_536: [126, UInt8(count >> 8), UInt8(count & 0xFF)]
            default: [127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
            }
        return [0x81] + length + text.utf8
    }

    /// Fed with pieces of any size, often of a few bytes.
    private static func counter(
        _ place: FrameCounter.OffsetPlace?, _ bytes: [UInt8], using random: inout SeededGenerator
    ) -> FrameCounter {
        var counter = FrameCounter(checking: place)
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...[3, 50, 400, 100_000].randomElement(using: &random)!, using: &random)
            Array(rest.prefix(size)).withUnsafeBytes { counter.take($0) }
            rest = rest.dropFirst(size)
        }
        return counter
    }
}
