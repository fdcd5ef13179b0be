/// What LMDB keeps of a tree: where it begins and what is in it (`PageLayout`).
struct TreeRecord {
    let keySize: UInt32
    let flags: UInt16
    let depth: Int
    let branches: UInt64
    let leaves: UInt64
    let overflowPages: UInt64
    let entries: UInt64
    let root: UInt64

    /// - Parameter bytes: `PageLayout.treeSize` of them.
    init(_ bytes: RawSpan) {
        keySize = bytes.load(0)
        flags = bytes.load(4)
        depth = Int(bytes.load(6) as UInt16)
        branches = bytes.load(8)
        leaves = bytes.load(16)
        overflowPages = bytes.load(24)
        entries = bytes.load(32)
        root = bytes.load(40)
    }

    /// Stands for the values of a key that lie inside a page: their order is all that is asked of it.
    init(orderedAsIntegers isInteger: Bool) {
        (keySize, depth, branches, leaves, overflowPages, entries, root) = (0, 0, 0, 0, 0, 0, 0)
        flags = isInteger ? PageLayout.Tree.integerKeys : 0
    }

    /// A smaller key comes first; of integers the value counts, of bytes the first that differs.
    @inline(__always)
    func isOrdered(_ left: RawSpan, before right: RawSpan) -> Bool {
        if flags & PageLayout.Tree.integerKeys != 0, left.byteCount == 8, right.byteCount == 8 {
            return (left.load(0) as UInt64) < (right.load(0) as UInt64)
        }
        return left.withUnsafeBytes { left in right.withUnsafeBytes { right in left.lexicographicallyPrecedes(right) } }
    }

    /// What is wrong with the size of a key, if anything.
    func problem(ofKeySize size: Int) -> String? {
        if flags & PageLayout.Tree.integerKeys != 0, size != 8 { return "a key of \(size) bytes is no integer" }
        return size > PageLayout.maximumKey ? "a key of \(size) bytes is longer than \(PageLayout.maximumKey)" : nil
    }
}
