import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct ReorderBufferTests {
    @Test("an answer is returned when all before it are known, with those that waited for it")
    func order() {
        var buffer = ReorderBuffer<String>()
        let slots = (0..<4).map { _ in buffer.reserve() }
        #expect(buffer.count == 4)
        #expect(buffer.fill(slots[1], with: "b") == [])
        #expect(buffer.fill(slots[0], with: "a") == ["a", "b"])
        #expect(buffer.count == 2)
        #expect(buffer.fill(slots[3], with: "d") == [])
        #expect(buffer.fill(slots[2], with: "c") == ["c", "d"])
        #expect(buffer.count == 0)
    }

    @Test(
        "answers are returned in the order of their slots, however the slots are filled",
        arguments: SeededGenerator.seeds)
    func anyOrder(seed: UInt64) {
        var buffer = ReorderBuffer<Int>()
        var generator = SeededGenerator(seed: seed)
        var open: [(ReorderBuffer<Int>.Slot, Int)] = []
        var left: [Int] = []
        for number in 0..<10_000 {
            open.append((buffer.reserve(), number))
            while open.count > Int.random(in: 0..<64, using: &generator) {
                let (slot, answer) = open.remove(at: Int.random(in: open.indices, using: &generator))
                left += buffer.fill(slot, with: answer)
            }
        }
        for (slot, answer) in open.shuffled(using: &generator) { left += buffer.fill(slot, with: answer) }
        #expect(left == Array(0..<10_000))
        #expect(buffer.count == 0)
    }
}
