import NIOCore
@testable import SocketIO
import TestSupport
import Testing

@Suite("DeadlineList")
struct DeadlineListTests {
    private final class Owner: DeadlineOwner {
        func expired(_ deadline: Deadline) {}
    }

    @Test("deadlines expire in their order, after any insertions, moves and removals")
    func order() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let owner = Owner(), list = DeadlineList(.ping)
        var nodes = (0..<50).map { _ in Deadline(owner: owner) }
        var expected: [ObjectIdentifier: UInt64] = [:]
        for _ in 0..<2000 {
            let node = nodes[Int.random(in: 0..<nodes.count, using: &generator)]
            if Bool.random(using: &generator) {
                let due = UInt64.random(in: 0..<100, using: &generator)
                list.insert(node, due: .uptimeNanoseconds(due))
                expected[ObjectIdentifier(node)] = due
            } else {
                node.cancel()
                expected[ObjectIdentifier(node)] = nil
            }
            #expect(node.isArmed == (expected[ObjectIdentifier(node)] != nil))
        }
        var dues: [UInt64] = []
        while let node = list.next(at: .uptimeNanoseconds(99)) {
            dues.append(node.due.uptimeNanoseconds)
            #expect(expected.removeValue(forKey: ObjectIdentifier(node)) == node.due.uptimeNanoseconds)
            #expect(!node.isArmed)
        }
        #expect(dues == dues.sorted(), "seed \(seed)")
        #expect(expected.isEmpty, "seed \(seed)")
        nodes = []
    }

    @Test("a deadline that is not due stays")
    func early() {
        let owner = Owner(), list = DeadlineList(.ping), node = Deadline(owner: owner)
        list.insert(node, due: .uptimeNanoseconds(10))
        #expect(list.next(at: .uptimeNanoseconds(9)) == nil)
        #expect(list.next(at: .uptimeNanoseconds(10)) === node)
    }
}
