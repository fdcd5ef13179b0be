import Testing
@testable import WebSocket

@Suite("Stalled clients")
struct StallDetectorTests {
    private func stall(_ unsent: [Int], from first: Int = 100) -> [Bool] {
        var detector = StallDetector()
        detector.start(unsentBytes: first)
        return unsent.map { detector.check(unsentBytes: $0) }
    }

    @Test("a client that takes nothing in four checks has stalled")
    func stalled() {
        #expect(stall([100, 100, 100, 100]) == [false, false, false, true])
        #expect(stall([100, 120, 120, 120]) == [false, false, false, true])
    }

    @Test("one taken byte starts the count again")
    func progress() {
        #expect(stall([100, 100, 100, 99, 99, 99, 99, 99]) == [Bool](repeating: false, count: 7) + [true])
    }

    @Test("a channel that has been writable since the last check has made progress")
    func writable() {
        var detector = StallDetector()
        detector.start(unsentBytes: 100)
        var found = (0..<3).map { _ in detector.check(unsentBytes: 100) }
        detector.becameWritable()
        found += (0..<5).map { _ in detector.check(unsentBytes: 200) }
        #expect(found == [Bool](repeating: false, count: 7) + [true])
    }
}
