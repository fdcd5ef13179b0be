/// The layout of a page of LMDB 0.9 in `data.mdb` (`mdb.c`). Integers have native byte order; this module reads them as
/// little-endian.
///
/// The file is an array of pages of one size. Pages 0 and 1 are meta pages;
/// the newer one, with the greater transaction, has the roots of two trees: the
/// free pages, and the databases by name.
///
/// ```
///  0         8      10     12      14      16
///  ┌─────────┬──────┬──────┬───────┬───────┬─────────────────────────────────────┐
///  │ number  │ key  │flags │ lower │ upper │ …                                   │
///  │ u64     │ size │ u16  │ u16   │ u16   │                                     │
///  └─────────┴──────┴──────┴───────┴───────┴─────────────────────────────────────┘
///                          └─ or u32: pages ┘  of an overflow page, then its value
///
///  branch, leaf   16 ─► offsets of nodes, u16 each ─► lower … gap … upper ─► nodes ─► end
///  leaf of equal-sized values (LEAF2, key size each)
///                 16 ─► values, side by side ─► … gap … end
///  meta           16 ─► magic u32, version u32, address u64, map size u64,
///                       free tree (48), main tree (48), last page u64, transaction u64
///
///  node           0      2      4      6        8
///                 ┌──────┬──────┬──────┬────────┬─────┬──────────────────────────┐
///                 │ low  │ high │flags │key size│ key │ value                    │
///                 └──────┴──────┴──────┴────────┴─────┴──────────────────────────┘
///                 └ size of value┘               even in all
///                 └ child page ────────┘         of a branch: low, high, flags are 48 bits
///
///  tree           0         4      6      8        16      24         32       40
///                 ┌─────────┬──────┬──────┬────────┬───────┬──────────┬────────┬──────┐
///                 │key size │flags │depth │branches│leaves │ overflow │entries │ root │
///                 │u32      │u16   │u16   │u64     │u64    │ pages u64│u64     │ u64  │
///                 └─────────┴──────┴──────┴────────┴───────┴──────────┴────────┴──────┘
/// ```
///
/// The flags of a node in a leaf say what its value is: the value itself (0); the number of the first overflow page (1);
/// a tree, of a named database (2) or of the many values of a key (6); or the many values of a key as a small page inside
/// the page (4), whose offsets count from the beginning of the small page. LMDB does not read the first key of a branch:
/// its child has all keys below the second key.
enum PageLayout {
    static let header = 16
    static let nodeHeader = 8
    static let maximumKey = 511
    /// The largest number of levels for which LMDB has cursors (`mdb.c`, `CURSOR_STACK`).
    static let maximumDepth = 32
    static let treeSize = 48

    enum Meta {
        static let magic = 16
        static let version = 20
        static let mapSize = 32
        static let freeTree = 40
        static let mainTree = 88
        static let lastPage = 136
        static let transaction = 144
        static let end = 152

        static let magicValue: UInt32 = 0xBEEF_C0DE
        static let versionValue: UInt32 = 1
    }

    enum Kind {
        static let branch: UInt16 = 0x01
        static let leaf: UInt16 = 0x02
        static let overflow: UInt16 = 0x04
        static let meta: UInt16 = 0x08
        /// Set only in memory, but a small page inside a page keeps the flag in the file.
        static let dirty: UInt16 = 0x10
        static let equalSized: UInt16 = 0x20
        static let inner: UInt16 = 0x40
    }

    enum Node {
        static let overflow: UInt16 = 1
        static let tree: UInt16 = 2
        static let values: UInt16 = 4
    }

    enum Tree {
        static let duplicates: UInt16 = 0x04
        static let integerKeys: UInt16 = 0x08
        static let equalSized: UInt16 = 0x10
        static let integerDuplicates: UInt16 = 0x20
        /// The flags of the databases that this module creates.
        static let known = duplicates | integerKeys | equalSized | integerDuplicates
        /// The number that stands for the root of a tree without pages.
        static let noRoot = UInt64.max
    }
}

/// LMDB's record of a tree: its root and its counts (see `PageLayout`).
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

    /// A record for the values of a key in a small page inside a page; only `isOrdered` and `problem(ofKeySize:)` are used.
    init(orderedAsIntegers isInteger: Bool) {
        (keySize, depth, branches, leaves, overflowPages, entries, root) = (0, 0, 0, 0, 0, 0, 0)
        flags = isInteger ? PageLayout.Tree.integerKeys : 0
    }

    /// Whether `left` is less than `right`: integers are compared by value, bytes lexicographically.
    @inline(__always)
    func isOrdered(_ left: RawSpan, before right: RawSpan) -> Bool {
        if flags & PageLayout.Tree.integerKeys != 0, left.byteCount == 8, right.byteCount == 8 {
            return (left.load(0) as UInt64) < (right.load(0) as UInt64)
        }
        return left.withUnsafeBytes { left in right.withUnsafeBytes { right in left.lexicographicallyPrecedes(right) } }
    }

    /// The problem with the size of a key; nil when the size is valid.
    func problem(ofKeySize size: Int) -> String? {
        if flags & PageLayout.Tree.integerKeys != 0, size != 8 {
            return "a key has \(size) bytes instead of the 8 bytes of an integer"
        }
        return size > PageLayout.maximumKey ? "a key has \(size) bytes; the limit is \(PageLayout.maximumKey)" : nil
    }
}
