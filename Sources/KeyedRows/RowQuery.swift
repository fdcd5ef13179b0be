/// Which rows of a collection, in which order, and how many.
package struct RowQuery: Sendable, Hashable {
    package var filter: RowFilter
    package var sort: RowSort
    /// The most rows; nil for all.
    package var limit: Int?
    package init(filter: RowFilter = .all, sort: RowSort = RowSort(), limit: Int? = nil) {
        (self.filter, self.sort, self.limit) = (filter, sort, limit)
    }

    /// The first field of filter or sort that the collection does not have.
    package func unknownField(of state: CollectionState) -> String? {
        filter.unknownField(among: state.fields) ?? sort.fields.map(\.name).first { state.fieldIndex($0) == nil }
    }
}
