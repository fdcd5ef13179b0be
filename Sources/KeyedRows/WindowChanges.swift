/// Derives what changes in a window when rows change.
///
/// The rows that did not change keep their order. So the window has the first of them before and after, up to some
/// number each time, and only rows at the end of the window enter or leave because of others.
///
/// Changes begin with removals. Then rows are put from the last to the first, so that each one is put before a row that
/// has its final place and that the reader has.
struct WindowChanges {
    /// A row that changed: its places before and after; nil where it is not among the rows of the query.
    struct Moved {
        let key: RowKey
        let old: OrderedRow?
        let new: OrderedRow?
    }

    private let old: OrderedRows
    private let new: OrderedRows
    private let limit: Int

    init(from old: OrderedRows, to new: OrderedRows, limit: Int) {
        (self.old, self.new, self.limit) = (old, new, limit)
    }

    /// The changes from the earlier window to the later one.
    func changes(_ moved: [Moved]) -> [RowChange] {
        var removed: [RowKey] = []
        var put: [Int] = []
        var leftByMoved = 0
        for row in moved {
            let newRank = rank(row.new, in: new)
            if let newRank { put.append(newRank) }
            guard rank(row.old, in: old) != nil else { continue }
            leftByMoved += 1
            if newRank == nil { removed.append(row.key) }
        }
        let (oldCount, newCount) = (min(old.count, limit), min(new.count, limit))
        let unchangedBefore = oldCount - leftByMoved
        let unchangedAfter = newCount - put.count
        if unchangedBefore != unchangedAfter {
            let keys = Set(moved.map(\.key))
            removed += lastUnchanged(unchangedBefore - unchangedAfter, in: old, before: oldCount, keys).map(\.row.key)
            put += lastUnchanged(unchangedAfter - unchangedBefore, in: new, before: newCount, keys).map(\.rank)
        }
        return removed.map(RowChange.remove) + puts(put)
    }

    /// The changes for a reader with an earlier window of which only the rows that changed since are known.
    ///
    /// The reader's window had at most as many rows that changed as there are. So it has all unchanged rows of this
    /// window but at most as many at the end, and at most as many unchanged rows behind this window as this one has
    /// changed ones.
    func changesFromUnknown(_ changed: [Moved]) -> [RowChange] {
        var removed: [RowKey] = []
        var put: [Int] = []
        var matching = 0
        for row in changed {
            if row.new != nil { matching += 1 }
            if let rank = rank(row.new, in: new) { put.append(rank) } else { removed.append(row.key) }
        }
        let newCount = min(new.count, limit)
        let unchanged = newCount - put.count
        let certain = min(new.count - matching, max(limit - changed.count, 0))
        let keys = Set(changed.map(\.key))
        removed += nextUnchanged(put.count, from: newCount, keys)
        put += lastUnchanged(unchanged - certain, in: new, before: newCount, keys).map(\.rank)
        return removed.map(RowChange.remove) + puts(put)
    }

    /// The rank of a row in the window; nil when it is not in the window.
    private func rank(_ place: OrderedRow?, in rows: OrderedRows) -> Int? {
        guard let place else { return nil }
        let rank = rows.rank(of: place)
        return rank < limit ? rank : nil
    }

    /// The last rows before a rank that did not change.
    private func lastUnchanged(
        _ count: Int, in rows: OrderedRows, before rank: Int, _ changed: Set<RowKey>
    ) -> [(rank: Int, row: Row)] {
        var found: [(rank: Int, row: Row)] = []
        var rank = rank
        while found.count < count, rank > 0 {
            rank -= 1
            let row = rows.row(at: rank)
            if !changed.contains(row.key) { found.append((rank, row)) }
        }
        return found
    }

    /// The first rows from a rank on that did not change.
    private func nextUnchanged(_ count: Int, from rank: Int, _ changed: Set<RowKey>) -> [RowKey] {
        var found: [RowKey] = []
        guard count > 0, rank < new.count else { return found }
        new.visit(from: rank) { row in
            if !changed.contains(row.key) { found.append(row.key) }
            return found.count < count
        }
        return found
    }

    /// Puts the rows with these ranks.
    private func puts(_ ranks: [Int]) -> [RowChange] {
        let count = min(new.count, limit)
        return ranks.sorted(by: >).map { rank in
            .put(new.row(at: rank), before: rank + 1 < count ? new.row(at: rank + 1).key : nil)
        }
    }
}
