/// A sort with the places of its fields in the rows of a collection.
struct RowOrder: Sendable {
    /// For each field its index in ``CollectionState/fields``, nil when the collection does not have it.
    let fields: [(index: Int?, descends: Bool)]
    private let descending: UInt8

    init(_ sort: RowSort, _ state: CollectionState) {
        precondition(sort.fields.count <= RowSort.maximumFields, "a sort has more than \(RowSort.maximumFields) fields")
        fields = sort.fields.map { (state.fieldIndex($0.name), $0.descends) }
        descending = fields.reversed().reduce(0) { $0 << 1 | ($1.descends ? 1 : 0) }
    }

    /// Whether the order is that of keys.
    var isByKey: Bool { fields.isEmpty }

    /// The place of a row.
    func entry(_ row: Row) -> OrderedRow { entry(fields.map { value(of: $0.index, row) }, row.key) }

    /// The place of a row with these values of the fields.
    func entry(_ values: [SortValue], _ key: RowKey) -> OrderedRow {
        OrderedRow(first: values.first, rest: Array(values.dropFirst()), key: key, descending: descending)
    }

    private func value(of field: Int?, _ row: Row) -> SortValue { field.map(row.values.sortValue) ?? SortValue(nil) }
}

/// The place of a row in the order of a sort. Compared with places of the same sort only.
struct OrderedRow: TreeElement {
    private let first: SortValue?
    private let rest: [SortValue]
    let key: RowKey
    /// A bit for each field, the lowest for the first one: whether it descends.
    private let descending: UInt8

    fileprivate init(first: SortValue?, rest: [SortValue], key: RowKey, descending: UInt8) {
        (self.first, self.rest, self.key, self.descending) = (first, rest, key, descending)
    }

    /// The values of the sorted fields.
    var values: [SortValue] { first.map { [$0] + rest } ?? [] }

    static func == (left: OrderedRow, right: OrderedRow) -> Bool {
        left.key == right.key && left.first == right.first && left.rest == right.rest
    }

    static func < (left: OrderedRow, right: OrderedRow) -> Bool {
        if let first = left.first, let other = right.first {
            let order = first.compare(with: other)
            if order != 0 { return (order < 0) != (left.descending & 1 == 1) }
        }
        for place in left.rest.indices {
            let order = left.rest[place].compare(with: right.rest[place])
            if order != 0 { return (order < 0) != (left.descending >> (place + 1) & 1 == 1) }
        }
        return left.key < right.key
    }
}
