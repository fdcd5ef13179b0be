/// A page of the rows of a query.
package struct RowPage: Sendable {
    package let rows: [Row]
    /// The cursor of the next page; nil when there are no more rows.
    package let next: RowCursor?
    /// How many rows match, on all pages.
    package let total: Int
}

extension CollectionState {
    /// The rows of a query after a cursor, in order.
    ///
    /// An index narrows the rows when the filter has an equality, `in` or an order comparison on its field; other
    /// conditions are checked on the rows that are left. When all rows of the query are consecutive in an index, or are
    /// all rows by key, the cost is that of the page, O(limit · log count). Otherwise it is in proportion to the rows
    /// that are left, or to the rows that are visited in the order of an indexed sort, if these are probably fewer.
    /// Memory is in proportion to the limit.
    package func page(_ query: RowQuery, after cursor: RowCursor? = nil) -> RowPage {
        let plan = QueryPlan(query, self)
        let start = cursor.map { $0.place(in: plan.order, of: self) }
        if let rows = plan.consecutiveRows { return page(rows, query, plan, start, total: rows.count) }
        if let total = plan.total, total > 0, let rows = plan.allRows, query.size < total / (count / total) {
            return page(rows, query, plan, start, total: total)
        }
        var first = FirstRows(query.size + 1)
        var total = 0
        plan.visitCandidates { row in
            guard plan.remaining.matches(row) else { return true }
            total += 1
            let place = plan.order.entry(row)
            if let start, !(start < place) { return true }
            first.add(row, place)
            return true
        }
        return RowPage(first.finish(), query, plan, of: name, total: total)
    }

    /// The page of rows that are in order already; those that do not match are left out.
    private func page(
        _ rows: OrderedRows, _ query: RowQuery, _ plan: QueryPlan, _ start: OrderedRow?, total: Int
    ) -> RowPage {
        var found: [Row] = []
        rows.visit(from: start.map(rows.firstRank) ?? 0) { row in
            if plan.matcher.matches(row) { found.append(row) }
            return found.count <= query.size
        }
        return RowPage(found, query, plan, of: name, total: total)
    }
}

extension RowQuery {
    /// The most rows, also when there is no limit.
    fileprivate var size: Int { min(max(limit ?? .max, 0), .max - 1) }
}

extension RowPage {
    /// - Parameter found: the rows of the page and, when there are more, the next one.
    fileprivate init(_ found: [Row], _ query: RowQuery, _ plan: QueryPlan, of collection: String, total: Int) {
        let rows = Array(found.prefix(query.size))
        let last = found.count > rows.count ? rows.last : nil
        (self.rows, self.total) = (rows, total)
        next = last.map { RowCursor(plan.order.entry($0), for: query.sort, of: collection) }
    }
}

/// The first of many rows that arrive in any order, in memory of O(limit).
private struct FirstRows {
    private let limit: Int
    /// The number of rows at which they are sorted and shortened, which then costs O(log limit) for each row.
    private let capacity: Int
    private var rows: [(row: Row, place: OrderedRow)] = []
    /// The greatest place that can still be among the first.
    private var last: OrderedRow?

    init(_ limit: Int) {
        self.limit = limit
        capacity = limit > .max / 4 ? .max : max(limit * 4, 64)
    }

    mutating func add(_ row: Row, _ place: OrderedRow) {
        if let last, last < place { return }
        rows.append((row, place))
        guard rows.count >= capacity else { return }
        shorten()
        last = rows.last?.place
    }

    /// Keeps the first rows, in order.
    private mutating func shorten() {
        rows.sort { $0.place < $1.place }
        if rows.count > limit { rows.removeLast(rows.count - limit) }
    }

    /// The rows, in order.
    mutating func finish() -> [Row] {
        shorten()
        return rows.map(\.row)
    }
}
