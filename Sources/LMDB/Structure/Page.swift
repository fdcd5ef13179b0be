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

extension Page {
    /// What is wrong with where the entries lie, if anything.
    ///
    /// When there is nothing, every entry lies inside the page.
    func problem(isBranch: Bool) -> String? {
        guard lower > PageLayout.header, lower % 2 == 0, lower <= upper, upper <= bytes.byteCount else {
            return "the page's entries end at \(lower) and begin at \(upper) of \(bytes.byteCount) bytes"
        }
        return isEqualSized ? problemOfEqualSized() : problemOfNodes(isBranch: isBranch)
    }

    /// Each takes its size, of which two bytes are counted as if they were its offset.
    private func problemOfEqualSized() -> String? {
        let end = PageLayout.header + count * keySize
        guard keySize > 0, end <= bytes.byteCount, bytes.byteCount - end == upper - lower else {
            return "\(count) values of \(keySize) bytes do not leave \(upper - lower) of \(bytes.byteCount) bytes"
        }
        return nil
    }

    /// They lie side by side to the end of the page, in any order.
    private func problemOfNodes(isBranch: Bool) -> String? {
        var places: [UInt32] = []
        places.reserveCapacity(count)
        for index in 0..<count {
            guard let node = node(index, isBranch: isBranch) else { return "entry \(index) does not fit the page" }
            places.append(UInt32(nodeOffset(index)) << 16 | UInt32(node.size))
        }
        places.sort()
        var end = upper
        for place in places {
            guard place >> 16 == end else { return "entries overlap or leave a gap at \(end)" }
            end += Int(place & 0xFFFF)
        }
        return end == bytes.byteCount ? nil : "the entries end at \(end) of \(bytes.byteCount) bytes"
    }

    /// The node at `index`; nil when it does not fit.
    @_lifetime(copy self)
    func node(_ index: Int, isBranch: Bool) -> Node? {
        let offset = nodeOffset(index)
        guard offset >= PageLayout.header, offset + PageLayout.nodeHeader <= bytes.byteCount else { return nil }
        return Node(bytes.extracting(offset...), isBranch: isBranch)
    }

    /// The key at `index`; nil when it does not fit.
    @_lifetime(copy self)
    func key(_ index: Int, isBranch: Bool) -> RawSpan? {
        if isEqualSized { return equalSizedValue(index) }
        guard let node = node(index, isBranch: isBranch) else { return nil }
        return node.key
    }
}
