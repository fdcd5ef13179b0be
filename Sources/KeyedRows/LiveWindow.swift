package import EventLog

/// What a reader of a query does to its rows: applied in order.
package enum RowChange: Sendable {
    /// Removes the row if the reader has it, and inserts it before the row `before`, or at the end.
    case put(Row, before: RowKey?)
    case remove(RowKey)
}

/// The rows of a query, kept up to date as the collection changes: for all readers of the query.
///
/// A window whose rows are consecutive in the rows of the collection or in one of its indexes needs no memory of its
/// own: no filter and the order of keys or of one indexed field, or conditions on one indexed field only. Every other
/// window keeps the places of all rows that match.
package struct LiveWindow: Sendable {
    package let query: RowQuery
    /// The state that the window shows.
    package private(set) var state: CollectionState
    private let order: RowOrder
    private let matcher: RowMatcher
    /// The places of the rows that match; nil when an index of the state has them.
    private var places: SortedTree<OrderedRow>?
    /// The place of the last row of a window that is full: rows behind it do not change the window.
    private var last: OrderedRow?

    /// With more changes than this, and more than the window has rows, readers are sent all rows.
    package static let maximumChanges = 10_000

    /// Finds the rows; the cost is that of `CollectionState.page`, and memory is in proportion to the rows that match
    /// when the query has a filter or sort that no index serves.
    package init(_ query: RowQuery, _ state: CollectionState) {
        (self.query, self.state) = (query, state)
        order = RowOrder(query.sort, state)
        matcher = RowMatcher(query.filter, state)
        places = matcher.isAlwaysConsecutive(in: order, state) ? nil : Self.places(query, state)
        last = lastPlace(in: rows)
    }

    private static func places(_ query: RowQuery, _ state: CollectionState) -> SortedTree<OrderedRow> {
        let plan = QueryPlan(query, state)
        var places: [OrderedRow] = []
        // Sorting a row costs about as much as finding a few rows in the order of an index.
        if let rows = plan.allRows, plan.candidateCount > state.count / 8 {
            rows.visit { row in
                if plan.matcher.matches(row) { places.append(plan.order.entry(row)) }
                return true
            }
        } else {
            plan.visitCandidates { row in
                if plan.remaining.matches(row) { places.append(plan.order.entry(row)) }
                return true
            }
            places.sort()
        }
        return SortedTree(ascending: places)
    }

    private func lastPlace(in rows: OrderedRows) -> OrderedRow? {
        limit > 0 && rows.count >= limit ? order.entry(rows.row(at: limit - 1)) : nil
    }

    /// All rows that match, also beyond the limit.
    private var rows: OrderedRows {
        if let places { return OrderedRows(state, order, .places(places)) }
        guard let rows = QueryPlan(query, state).consecutiveRows else {
            preconditionFailure("the rows of \(query) are not consecutive in an index")
        }
        return rows
    }

    /// The number of rows that match, also beyond the limit.
    package var total: Int { rows.count }

    /// The number of rows in the window.
    package var count: Int { min(total, limit) }

    private var limit: Int { max(query.limit ?? .max, 0) }

    /// Visits the rows in order, from a rank in the window on, until `body` returns false.
    package func visitRows(from rank: Int = 0, _ body: (Row) -> Bool) {
        let rows = rows
        var left = min(rows.count, limit) - rank
        guard left > 0 else { return }
        rows.visit(from: rank) { row in
            left -= 1
            return body(row) && left > 0
        }
    }
}

extension LiveWindow {
    /// Moves to a later state of the same collection, at the cost of O(log count) for each row that changed.
    ///
    /// - Returns: what changes in the window; nil when the newer state does not know all changes since, or when more rows
    ///   changed than ``maximumChanges`` and than the window has: then every reader must be sent all rows.
    package mutating func advance(to newer: CollectionState) -> [RowChange]? {
        guard let differences = RowDifferences(from: state, to: newer) else {
            self = LiveWindow(query, newer)
            return nil
        }
        return advance(by: differences)
    }

    /// Moves to a later state, with differences that are found once for all windows of a collection.
    ///
    /// - Parameter differences: from the state of the window to the later one.
    /// - Returns: as `advance(to:)`.
    package mutating func advance(by differences: RowDifferences) -> [RowChange]? {
        precondition(differences.older.lastChange == state.lastChange, "the differences begin at another state")
        let matching = differences.rows.compactMap(matching)
        let isUnchanged = matching.allSatisfy { isBehind($0.old) && isBehind($0.new) }
        let old = isUnchanged ? nil : rows
        updatePlaces(matching)
        state = differences.newer
        guard let old else { return [] }
        let new = rows
        last = lastPlace(in: new)
        guard matching.count <= max(Self.maximumChanges, min(new.count, limit)) else { return nil }
        return WindowChanges(from: old, to: new, limit: limit).changes(matching)
    }

    /// Whether a row is not in the window, and there is no room for it.
    private func isBehind(_ place: OrderedRow?) -> Bool {
        guard let place else { return true }
        return last.map { $0 < place } ?? false
    }

    /// The places of a row in the earlier and the later rows; nil when it is in neither.
    private func matching(_ difference: RowDifferences.Difference) -> WindowChanges.Moved? {
        let old = difference.old.flatMap { matcher.matches($0) ? order.entry($0) : nil }
        let new = difference.new.flatMap { matcher.matches($0) ? order.entry($0) : nil }
        return old == nil && new == nil ? nil : WindowChanges.Moved(key: difference.key, old: old, new: new)
    }

    private mutating func updatePlaces(_ moved: [WindowChanges.Moved]) {
        guard places != nil else { return }
        for row in moved where row.old != row.new {
            if let old = row.old { places?.remove(old) }
            if let new = row.new { places?.insert(new) }
        }
    }

    /// What a reader that has the window of an earlier offset must change to have this one: may contain rows that the
    /// reader has, and removals of rows that it does not have.
    ///
    /// - Returns: nil when the changes since are not all known, or when sending all rows is cheaper: with more than 100
    ///   changes and more than the window has rows.
    package func changes(since offset: Offset) -> [RowChange]? {
        guard let keys = state.changedKeys(after: offset), keys.count <= max(Self.maximumChanges, count) else {
            return nil
        }
        let rows = rows
        let changed = keys.map { key in
            let row = state.row(key).flatMap { matcher.matches($0) ? order.entry($0) : nil }
            return WindowChanges.Moved(key: key, old: nil, new: row)
        }
        let changes = WindowChanges(from: rows, to: rows, limit: limit).changesFromUnknown(changed)
        return changes.count <= max(Self.cheapChanges, count) ? changes : nil
    }

    /// As many changes are sent to a reader that resumes, also when the window has fewer rows.
    private static let cheapChanges = 100
}
