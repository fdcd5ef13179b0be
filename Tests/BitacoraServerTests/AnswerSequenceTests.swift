import TestSupport
import Testing
@testable import BitacoraServer

@Suite struct AnswerSequenceTests {
    @Test("an answer leaves when all before it are there, together with those that waited for it")
    func order() {
        var sequence = AnswerSequence<String>()
        let places = (0..<4).map { _ in sequence.reserve() }
        #expect(sequence.count == 4)
        #expect(sequence.fill(places[1], with: "b") == [])
        #expect(sequence.fill(places[0], with: "a") == ["a", "b"])
        #expect(sequence.count == 2)
        #expect(sequence.fill(places[3], with: "d") == [])
        #expect(sequence.fill(places[2], with: "c") == ["c", "d"])
        #expect(sequence.count == 0)
    }

    @Test(
        "in whatever order places are filled, answers leave in the order of the places",
        arguments: SeededGenerator.seeds)
    func anyOrder(seed: UInt64) {
        var sequence = AnswerSequence<Int>()
        var generator = SeededGenerator(seed: seed)
        var open: [(AnswerSequence<Int>.Place, Int)] = []
        var left: [Int] = []
        for number in 0..<10_000 {
            open.append((sequence.reserve(), number))
            while open.count > Int.random(in: 0..<64, using: &generator) {
                let (place, answer) = open.remove(at: Int.random(in: open.indices, using: &generator))
                left += sequence.fill(place, with: answer)
            }
        }
        for (place, answer) in open.shuffled(using: &generator) { left += sequence.fill(place, with: answer) }
        #expect(left == Array(0..<10_000))
        #expect(sequence.count == 0)
    }
}
