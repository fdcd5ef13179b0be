import TestSupport
import Testing

@testable import KeyedRows

@Suite("Sorted trees")
struct SortedTreeTests {
    @Test(
        "a tree equals a sorted array after random changes, and copies do not change", arguments: SeededGenerator.seeds)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for range in [20, 300, 20_000] {
            var (tree, model) = (SortedTree<Pair>(), [Int: Int]())
            var copies: [(SortedTree<Pair>, [Int: Int])] = []
            for step in 0..<3000 {
                // Phases of growth and of shrinking.
                let grows = step / 750 % 2 == 0
                let pair = Pair(key: random.number(0...range), value: step)
                if random.chance(grows ? 3 : 1, of: 4) {
                    #expect(tree.insert(pair)?.value == model.updateValue(step, forKey: pair.key), "seed \(seed)")
                } else {
                    #expect(tree.remove(pair)?.value == model.removeValue(forKey: pair.key), "seed \(seed)")
                }
                let other = Pair(key: random.number(0...range), value: 0)
                var isFound = false
                tree.put(other) { stored in
                    isFound = stored != nil
                    stored?.pointee.value += 1
                    return nil
                }
                #expect(isFound == (model[other.key] != nil), "seed \(seed)")
                model[other.key]? += 1
                if step % 600 == 300 { copies.append((tree, model)) }
            }
            for (tree, model) in copies + [(tree, model)] { expect(tree, equals: model, seed: seed) }
        }
    }

    @Test("ascending and descending changes keep the order", arguments: [1, 63, 64, 65, 4096, 4097, 10_000])
    func monotonous(count: Int) {
        var tree = SortedTree<Int>()
        for value in 0..<count { tree.insert(value) }
        #expect(tree.first == 0 && tree.last == count - 1 && tree.count == count)
        for value in 0..<count {
            #expect(tree.first == value)
            tree.remove(value)
        }
        #expect(tree.isEmpty && tree.first == nil && tree.last == nil)
        for value in (0..<count).reversed() { tree.insert(value) }
        for value in (0..<count).reversed() {
            #expect(tree.last == value)
            tree.remove(value)
        }
        #expect(tree.count == 0)
    }

    @Test("a tree built at once equals one built by insertions", arguments: [0, 1, 64, 65, 128, 4095, 4160, 50_000])
    func bulkLoad(count: Int) {
        var tree = SortedTree(ascending: (0..<count).map { Pair(key: 2 * $0, value: $0) })
        let loaded = tree
        var model = Dictionary(uniqueKeysWithValues: (0..<count).map { (2 * $0, $0) })
        expect(tree, equals: model, seed: 0)
        for key in stride(from: 0, to: 2 * count, by: 3) {
            tree.insert(Pair(key: key, value: -1))
            model[key] = -1
        }
        expect(tree, equals: model, seed: 0)
        #expect(loaded.count == count && loaded.find(Pair(key: 3, value: 0)) == nil)
    }

    @Test("a visit ends when the body returns false")
    func visitEnds() {
        let tree = SortedTree(ascending: 0..<1000)
        var visited: [Int] = []
        tree.visit(from: 500) {
            visited.append($0)
            return visited.count < 100
        }
        #expect(visited == Array(500..<600))
        visited = []
        tree.visitBackward(before: 500) {
            visited.append($0)
            return visited.count < 100
        }
        #expect(visited == Array((400..<500).reversed()))
        tree.visit(from: 1000) { _ in
            Issue.record("visited an element beyond the last one")
            return true
        }
    }

    private func expect(_ tree: SortedTree<Pair>, equals model: [Int: Int], seed: UInt64) {
        let sorted = model.keys.sorted()
        var keys: [Int] = []
        tree.visit {
            keys.append($0.key)
            return $0.value == model[$0.key]
        }
        #expect(keys == sorted && tree.count == sorted.count, "seed \(seed)")
        for rank in stride(from: 0, to: sorted.count, by: 37) {
            let key = sorted[rank]
            #expect(
                tree.element(at: rank).key == key && tree.rank(of: Pair(key: key, value: 0)) == rank, "seed \(seed)")
            let next = tree.firstElement(notBefore: Pair(key: key + 1, value: 0))?.key
            #expect(next == (rank + 1 < sorted.count ? sorted[rank + 1] : nil), "seed \(seed)")
            var (forward, backward): ([Int], [Int]) = ([], [])
            tree.visit(from: rank) {
                forward.append($0.key)
                return forward.count < 200
            }
            tree.visitBackward(before: rank) {
                backward.append($0.key)
                return backward.count < 200
            }
            #expect(forward == Array(sorted[rank...].prefix(200)), "seed \(seed)")
            #expect(backward == Array(sorted[..<rank].suffix(200).reversed()), "seed \(seed)")
        }
    }
}

extension Int: TreeElement {}

private struct Pair: TreeElement {
    let key: Int
    var value: Int
    static func == (left: Pair, right: Pair) -> Bool { left.key == right.key }
    static func < (left: Pair, right: Pair) -> Bool { left.key < right.key }
}
