/// The rows of a query in their order, with ranks, at one state of a collection.
struct OrderedRows {
    /// What holds the order.
    enum Source {
        /// The rows of the collection themselves, by key.
        case keys
        /// A part of an index, in its order.
        case index(IndexedRows)
        /// The places of the rows.
        case places(SortedTree<OrderedRow>)
    }

    private let state: CollectionState
    private let order: RowOrder
    private let source: Source

    init(_ state: CollectionState, _ order: RowOrder, _ source: Source) {
        (self.state, self.order, self.source) = (state, order, source)
    }

    var count: Int {
        switch source {
        case .keys: state.count
        case .index(let rows): rows.count
        case .places(let tree): tree.count
        }
    }

    /// The number of rows before a place, whether or not there is a row.
    func rank(of place: OrderedRow) -> Int {
        switch source {
        case .keys: state.rank(of: place.key)
        case .index(let rows): rows.rank(of: place)
        case .places(let tree): tree.rank(of: place)
        }
    }

    /// The rank of the first row after a place.
    func firstRank(after place: OrderedRow) -> Int {
        let rank = rank(of: place)
        return rank < count && order.entry(row(at: rank)) == place ? rank + 1 : rank
    }

    /// The row with a rank, 0 ..< count.
    func row(at rank: Int) -> Row {
        var found: Row?
        visit(from: rank) { row in
            found = row
            return false
        }
        guard let found else { preconditionFailure("rank \(rank) is not below the number of rows, \(count)") }
        return found
    }

    /// Visits the rows from a rank on, in order, until `body` returns false.
    func visit(from rank: Int = 0, _ body: (Row) -> Bool) {
        switch source {
        case .keys: state.visitRows(from: rank, body)
        case .index(let rows): rows.visitKeys(from: rank) { body(row($0)) }
        case .places(let tree): tree.visit(from: rank) { body(row($0.key)) }
        }
    }

    private func row(_ key: RowKey) -> Row {
        guard let row = state.row(key) else {
            preconditionFailure("the order has the key of a row that does not exist")
        }
        return row
    }
}
