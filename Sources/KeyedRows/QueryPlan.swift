/// How the rows of a query are found at one state of a collection: which index narrows them, and what is left to check.
struct QueryPlan {
    let order: RowOrder
    /// All conditions of the query.
    let matcher: RowMatcher
    /// The conditions that the candidates may not meet.
    let remaining: RowMatcher
    private let state: CollectionState
    private let candidates: Candidates
    /// The number of rows that have to be visited, when they are not consecutive in an index.
    let candidateCount: Int

    /// The rows among which those of the query are.
    private enum Candidates {
        case all
        /// Ranks of an index, separate and in ascending order.
        case index(field: Int, SortedTree<IndexEntry>, [Range<Int>])
    }

    init(_ query: RowQuery, _ state: CollectionState) {
        self.state = state
        order = RowOrder(query.sort, state)
        matcher = RowMatcher(query.filter, state)
        var best = (Candidates.all, count: state.count)
        for field in Set(matcher.checks.compactMap { $0.values.isNegated ? nil : $0.field }) {
            guard let index = state.index(of: field) else { continue }
            let ranges = Self.ranges(matcher, field, index)
            let count = ranges.reduce(0) { $0 + $1.count }
            // Of equally many candidates those of an index are better, because its conditions need no check.
            if count <= best.count { best = (.index(field: field, index, ranges), count) }
        }
        (candidates, candidateCount) = best
        remaining =
            switch candidates {
            case .all: matcher
            case .index(let field, _, _):
                RowMatcher(checks: matcher.checks.filter { $0.field != field || $0.values.isNegated })
            }
    }

    /// The ranks of an index that meet all conditions on its field that are not negated.
    private static func ranges(_ matcher: RowMatcher, _ field: Int, _ index: SortedTree<IndexEntry>) -> [Range<Int>] {
        var ranges = [0..<index.count]
        for check in matcher.checks where check.field == field && !check.values.isNegated {
            let others = check.values.intervals.map(index.ranks)
            ranges = ranges.flatMap { range in others.map(range.clamped) }.filter { !$0.isEmpty }
        }
        return ranges
    }

    /// The number of rows of the query, when it is known without visiting rows.
    var total: Int? { remaining.checks.isEmpty ? candidateCount : nil }

    /// Visits the candidates until `body` returns false.
    func visitCandidates(_ body: (Row) -> Bool) {
        switch candidates {
        case .all: state.visitRows(body)
        case .index(_, let index, let ranges):
            for range in ranges {
                var continues = true
                IndexedRows(index, range, descends: false).visitKeys(from: 0) { key in
                    guard let row = state.row(key) else { preconditionFailure("an index has the key of no row") }
                    continues = body(row)
                    return continues
                }
                if !continues { return }
            }
        }
    }
}

extension QueryPlan {
    /// All rows of the collection in the order of the query; nil when no index has this order.
    var allRows: OrderedRows? {
        if order.isByKey { return OrderedRows(state, order, .keys) }
        guard order.fields.count == 1, let field = order.fields[0].index, let index = state.index(of: field) else {
            return nil
        }
        let rows = IndexedRows(index, 0..<index.count, descends: order.fields[0].descends)
        return OrderedRows(state, order, .index(rows))
    }

    /// The rows of the query, when they are consecutive in an index, or are all rows; otherwise nil.
    ///
    /// Whether they are depends on the rows of the state as well as on the query.
    var consecutiveRows: OrderedRows? {
        guard remaining.checks.isEmpty else { return nil }
        guard case .index(let field, let index, let ranges) = candidates else { return allRows }
        guard ranges.count <= 1 else { return nil }
        let range = ranges.first ?? 0..<0
        if order.fields.count == 1, order.fields[0].index == field {
            let rows = IndexedRows(index, range, descends: order.fields[0].descends)
            return OrderedRows(state, order, .index(rows))
        }
        guard order.isByKey else { return nil }
        let value = range.isEmpty ? SortValue(nil) : index.element(at: range.lowerBound).value
        guard range.isEmpty || index.element(at: range.upperBound - 1).value == value else { return nil }
        return OrderedRows(state, order, .index(IndexedRows(index, range, descends: false, common: value)))
    }
}

extension RowMatcher {
    /// Whether every state has the rows that match consecutively in one index, or they are all rows, in this order:
    /// what `QueryPlan.consecutiveRows` is then for every state.
    func isAlwaysConsecutive(in order: RowOrder, _ state: CollectionState) -> Bool {
        let isIndexed = { (field: Int?) in field.map { state.index(of: $0) != nil } ?? false }
        guard let first = checks.first else {
            return order.isByKey || (order.fields.count == 1 && isIndexed(order.fields[0].index))
        }
        guard isIndexed(first.field),
            checks.allSatisfy({ $0.field == first.field && !$0.values.isNegated && $0.values.intervals.count == 1 })
        else { return false }
        if order.isByKey { return checks.contains { $0.values.intervals[0].isPoint } }
        return order.fields.count == 1 && order.fields[0].index == first.field
    }
}
