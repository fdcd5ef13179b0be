/// A filter with the places of its fields, so that many rows are matched without looking up names.
struct RowMatcher: Sendable {
    /// The values that one field must have.
    struct Check: Sendable {
        /// The index of the field in ``CollectionState/fields``; nil when the collection does not have it.
        let field: Int?
        let values: MatchingValues
    }

    let checks: [Check]

    init(checks: [Check]) { self.checks = checks }

    init(_ filter: RowFilter, _ state: CollectionState) { self.init(filter, state.layout) }

    init(_ filter: RowFilter, _ layout: RowLayout) {
        checks = filter.tests.map { Check(field: layout.position(of: $0.field), values: $0.condition.values) }
    }

    func matches(_ row: Row) -> Bool {
        if checks.isEmpty { return true }
        return checks.allSatisfy { check in
            check.values.contains(check.field.map(row.values.sortValue) ?? SortValue(nil))
        }
    }
}
