/// The rows in a part of an index, by value and key.
struct IndexedRows {
    private let index: SortedTree<IndexEntry>
    /// The ranks of the part in the index.
    private let range: Range<Int>
    /// Whether greater values precede lesser ones. Rows with the same value are in the order of keys in both
    /// directions.
    private let descends: Bool
    /// The value that all rows have, when the order of the query is that of keys.
    private let common: SortValue?

    init(_ index: SortedTree<IndexEntry>, _ range: Range<Int>, descends: Bool, common: SortValue? = nil) {
        (self.index, self.range, self.descends, self.common) = (index, range, descends, common)
    }

    var count: Int { range.count }

    /// The number of rows before a place, whether or not there is a row.
    func rank(of place: OrderedRow) -> Int {
        guard let value = common ?? place.values.first else { preconditionFailure("the place has no value to compare") }
        let position = clamped(index.rank(of: IndexEntry(value: value, key: place.key)))
        guard descends else { return position - range.lowerBound }
        return range.upperBound - clamped(index.end(of: value)) + position - clamped(index.start(of: value))
    }

    private func clamped(_ position: Int) -> Int { min(max(position, range.lowerBound), range.upperBound) }

    /// Visits the keys from a rank on, in order, until `body` returns false.
    func visitKeys(from rank: Int, _ body: (RowKey) -> Bool) {
        if descends { visitDescending(from: rank, body) } else { visitAscending(range.dropFirst(rank), body) }
    }

    /// - Returns: false when `body` did.
    @discardableResult private func visitAscending(_ positions: Range<Int>, _ body: (RowKey) -> Bool) -> Bool {
        guard var left = Optional(positions.count), left > 0 else { return true }
        var continues = true
        index.visit(from: positions.lowerBound) { entry in
            continues = body(entry.key)
            left -= 1
            return continues && left > 0
        }
        return continues
    }

    /// Visits the values in descending order, and the rows of each value in ascending order of keys.
    private func visitDescending(from rank: Int, _ body: (RowKey) -> Bool) {
        var rank = rank
        while rank < count {
            // The entry with this rank when the whole order is reversed has the value that has to be visited.
            let position = range.upperBound - 1 - rank
            let value = index.element(at: position).value
            let group = clamped(index.start(of: value))..<clamped(index.end(of: value))
            let visited = rank - (range.upperBound - group.upperBound)
            guard visitAscending(group.dropFirst(visited), body) else { return }
            rank = range.upperBound - group.lowerBound
        }
    }
}

extension SortedTree<IndexEntry> {
    /// The number of entries with lesser values.
    func start(of value: SortValue) -> Int { rank(of: IndexEntry(value: value, key: .least)) }

    /// The number of entries with lesser values or this one.
    func end(of value: SortValue) -> Int {
        let last = IndexEntry(value: value, key: .greatest)
        return rank(of: last) + (find(last) == nil ? 0 : 1)
    }

    /// The ranks of the values in an interval.
    func ranks(of interval: ValueInterval) -> Range<Int> {
        let lower = interval.lower.isIncluded ? start(of: interval.lower.value) : end(of: interval.lower.value)
        let upper = interval.upper.isIncluded ? end(of: interval.upper.value) : start(of: interval.upper.value)
        return lower..<max(lower, upper)
    }
}

extension RowKey {
    /// No key precedes this one.
    fileprivate static let least = known("\0")
    /// No key follows this one: in 512 bytes, no text has greater bytes.
    fileprivate static let greatest = known(String(repeating: "\u{10FFFF}", count: maximumBytes / 4))

    private static func known(_ text: String) -> RowKey {
        guard let key = RowKey(text) else { preconditionFailure("the text is not a key") }
        return key
    }
}
