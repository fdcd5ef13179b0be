/// How a page of LMDB 0.9 lies in `data.mdb`. Integers are the machine's, here little-endian.
///
/// The file is an array of pages of one size. Pages 0 and 1 are meta pages;
/// the newer one (the greater transaction) has the roots of two trees, the
/// free pages and the databases by name.
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
/// The value of a node is (flags of a leaf): itself (0); the number of the
/// first overflow page (1); a tree, of a named database (2) or of a key's many
/// values (6); or those values as a small page inside the page (4), whose
/// offsets count from its own beginning. The first key of a branch stands for
/// everything below the second and is not read.
enum PageLayout {
    static let header = 16
    static let nodeHeader = 8
    static let maximumKey = 511
    /// LMDB's cursors go no deeper (`CURSOR_STACK`).
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
        /// Only in memory; but a page of values inside a page keeps it.
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
        /// What this library makes.
        static let known = duplicates | integerKeys | equalSized | integerDuplicates
        /// The root of a tree without pages.
        static let noRoot = UInt64.max
    }
}

/// A page, or a page of values inside one, where it lies; nothing in it is believed.
struct Page: ~Escapable {
    let bytes: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    var number: UInt64 { bytes.load(0) }
    var keySize: Int { Int(bytes.load(8) as UInt16) }
    var flags: UInt16 { bytes.load(10) }
    var lower: Int { Int(bytes.load(12) as UInt16) }
    /// Zero stands for 65,536 where the page is that large.
    var upper: Int {
        let upper = Int(bytes.load(14) as UInt16)
        return upper == 0 && bytes.byteCount == 1 << 16 ? 1 << 16 : upper
    }
    /// Of an overflow page.
    var pages: UInt64 { UInt64(bytes.load(12) as UInt32) }

    /// Entries, by where their offsets end.
    var count: Int { (lower - PageLayout.header) / 2 }
    var isEqualSized: Bool { flags & PageLayout.Kind.equalSized != 0 }

    func nodeOffset(_ index: Int) -> Int { Int(bytes.load(PageLayout.header + 2 * index) as UInt16) }

    /// The value at `index` of a page of equal-sized ones.
    @_lifetime(copy self)
    func equalSizedValue(_ index: Int) -> RawSpan {
        let start = PageLayout.header + index * keySize
        return bytes.extracting(start..<start + keySize)
    }
}

/// A key with its child page or value.
struct Node: ~Escapable {
    let key: RawSpan
    /// Of a leaf.
    let flags: UInt16
    /// Of a branch: the page below.
    let child: UInt64
    /// What lies behind the key; empty in a branch.
    let value: RawSpan
    /// The size of the value, wherever that lies.
    let valueSize: Int
    /// What the node takes of its page.
    let size: Int

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan, isBranch: Bool) {
        let (low, high, flags) = (bytes.load(0) as UInt16, bytes.load(2) as UInt16, bytes.load(4) as UInt16)
        let keyEnd = PageLayout.nodeHeader + Int(bytes.load(6) as UInt16)
        valueSize = isBranch ? 0 : Int(low) | Int(high) << 16
        child = UInt64(low) | UInt64(high) << 16 | UInt64(flags) << 32
        let end = keyEnd + (!isBranch && flags & PageLayout.Node.overflow != 0 ? 8 : valueSize)
        size = (end + 1) & ~1
        guard size <= bytes.byteCount else { return nil }
        self.flags = flags
        key = bytes.extracting(PageLayout.nodeHeader..<keyEnd)
        value = bytes.extracting(keyEnd..<end)
    }
}

extension RawSpan {
    /// The integer at `offset`; checked against the span's bounds.
    @inline(__always)
    func load<Integer: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Integer {
        Integer(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
