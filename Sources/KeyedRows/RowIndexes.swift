/// The indexes of a collection.
struct RowIndexes: Sendable {
    /// The fields with an index.
    private let fields: [Int]
    /// For each of `fields`.
    private var indexes: [RowIndex]

    init(_ layout: RowLayout) {
        fields = layout.indexed
        indexes = fields.map { _ in RowIndex() }
    }

    /// - Parameter rows: in any order, each key once.
    init(_ layout: RowLayout, of rows: [Row]) {
        fields = layout.indexed
        indexes = fields.map { field in
            let entries = rows.map { IndexEntry(value: $0.values.sortValue(field), key: $0.key) }
            return RowIndex(SortedTree(ascending: entries.sorted()))
        }
    }

    /// Nil for a field without an index.
    func entries(of field: Int) -> SortedTree<IndexEntry>? { fields.firstIndex(of: field).map { indexes[$0].entries } }

    mutating func update(_ transition: RowTransition) {
        guard !indexes.isEmpty, let key = (transition.new ?? transition.old)?.key else { return }
        for (index, field) in fields.enumerated() {
            let old = transition.old?.values.sortValue(field)
            let new = transition.new?.values.sortValue(field)
            if let old, let new, old == new { continue }
            if let old { indexes[index].remove(IndexEntry(value: old, key: key)) }
            if let new { indexes[index].insert(IndexEntry(value: new, key: key)) }
        }
    }

    /// From now on until `endFold`, changes may wait.
    mutating func beginFold() { for index in indexes.indices { indexes[index].beginFold() } }

    mutating func endFold() { for index in indexes.indices { indexes[index].endFold() } }
}
