/// Ascending runs of offsets.
struct OffsetRanges {
    private(set) var ranges: [ClosedRange<UInt64>] = []

    /// Adds offsets greater than all there are.
    mutating func append(_ first: Offset, through last: Offset) {
        if let previous = ranges.last, previous.upperBound + 1 == first.rawValue {
            ranges[ranges.count - 1] = previous.lowerBound...last.rawValue
        } else {
            ranges.append(first.rawValue...last.rawValue)
        }
    }

    func contains(_ offset: UInt64) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < offset { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(offset)
    }
}
