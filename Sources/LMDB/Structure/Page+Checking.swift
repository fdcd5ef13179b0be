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
