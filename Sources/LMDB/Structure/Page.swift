/// The bytes of a page, or of a small page inside a page; none of them is trusted.
struct Page: ~Escapable {
    let bytes: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    var number: UInt64 { bytes.load(0) }
    var keySize: Int { Int(bytes.load(8) as UInt16) }
    var flags: UInt16 { bytes.load(10) }
    var lower: Int { Int(bytes.load(12) as UInt16) }
    /// Where the gap ends. In a page of 65,536 bytes the number 65,536 is stored as 0.
    var upper: Int {
        let upper = Int(bytes.load(14) as UInt16)
        return upper == 0 && bytes.byteCount == 1 << 16 ? 1 << 16 : upper
    }
    /// The number of pages of the value that begins on an overflow page.
    var pages: UInt64 { UInt64(bytes.load(12) as UInt32) }

    /// The number of entries, from the end of their offsets.
    var count: Int { (lower - PageLayout.header) / 2 }
    var isEqualSized: Bool { flags & PageLayout.Kind.equalSized != 0 }

    func nodeOffset(_ index: Int) -> Int { Int(bytes.load(PageLayout.header + 2 * index) as UInt16) }

    /// The value at `index` of a page of equal-sized values.
    @_lifetime(copy self)
    func equalSizedValue(_ index: Int) -> RawSpan {
        let start = PageLayout.header + index * keySize
        return bytes.extracting(start..<start + keySize)
    }
}

/// A key with its child page or its value.
struct Node: ~Escapable {
    let key: RawSpan
    /// The flags of the node in a leaf.
    let flags: UInt16
    /// The number of the child page in a branch.
    let child: UInt64
    /// The bytes after the key; empty in a branch.
    let value: RawSpan
    /// The size of the value, in the node or on overflow pages.
    let valueSize: Int
    /// The size of the node in its page.
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
    /// The integer at `offset`; an offset outside the span is a precondition failure.
    @inline(__always)
    func load<Integer: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Integer {
        Integer(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}

extension Page {
    /// The problem with the positions of the entries; nil when every entry lies inside the page.
    func problem(isBranch: Bool) -> String? {
        guard lower > PageLayout.header, lower % 2 == 0, lower <= upper, upper <= bytes.byteCount else {
            return
                "the gap between the offsets and the entries, from byte \(lower) to \(upper), is not inside the page of \(bytes.byteCount) bytes"
        }
        return isEqualSized ? problemOfEqualSized() : problemOfNodes(isBranch: isBranch)
    }

    /// Equal-sized values have no offsets, but LMDB counts two bytes of each value as if they were its offset.
    private func problemOfEqualSized() -> String? {
        let end = PageLayout.header + count * keySize
        guard keySize > 0, end <= bytes.byteCount, bytes.byteCount - end == upper - lower else {
            return
                "\(count) values of \(keySize) bytes do not leave \(upper - lower) of the page's \(bytes.byteCount) bytes free"
        }
        return nil
    }

    /// Nodes fill the page from `upper` to its end without gaps, in any order.
    private func problemOfNodes(isBranch: Bool) -> String? {
        var extents: [UInt32] = []
        extents.reserveCapacity(count)
        for index in 0..<count {
            guard let node = node(index, isBranch: isBranch) else { return "entry \(index) is not inside the page" }
            extents.append(UInt32(nodeOffset(index)) << 16 | UInt32(node.size))
        }
        extents.sort()
        var end = upper
        for extent in extents {
            guard extent >> 16 == end else { return "entries overlap or leave a gap at byte \(end)" }
            end += Int(extent & 0xFFFF)
        }
        return end == bytes.byteCount ? nil : "the entries end at byte \(end) of \(bytes.byteCount)"
    }

    /// The node at `index`; nil when the node is not inside the page.
    @_lifetime(copy self)
    func node(_ index: Int, isBranch: Bool) -> Node? {
        let offset = nodeOffset(index)
        guard offset >= PageLayout.header, offset + PageLayout.nodeHeader <= bytes.byteCount else { return nil }
        return Node(bytes.extracting(offset...), isBranch: isBranch)
    }

    /// The key at `index`; nil when its node is not inside the page.
    @_lifetime(copy self)
    func key(_ index: Int, isBranch: Bool) -> RawSpan? {
        if isEqualSized { return equalSizedValue(index) }
        guard let node = node(index, isBranch: isBranch) else { return nil }
        return node.key
    }
}
