/// The rows that are different in two states of a collection, found once for all windows.
package struct RowDifferences: Sendable {
    /// A row of which at least one state has another version.
    struct Difference: Sendable {
        let key: RowKey
        /// The row in the earlier state; nil when it did not exist.
        let old: Row?
        /// The row in the later state; nil when it does not exist.
        let new: Row?
    }

    package let older: CollectionState
    package let newer: CollectionState
    /// The rows, in no particular order.
    let rows: [Difference]

    /// Compares two states of the same collection.
    ///
    /// - Returns: nil when the later state does not know all changes since the earlier one.
    package init?(from older: CollectionState, to newer: CollectionState) {
        guard let keys = newer.changedKeys(after: older.lastChange) else { return nil }
        (self.older, self.newer) = (older, newer)
        rows = keys.compactMap { key in
            let (old, new) = (older.row(key), newer.row(key))
            if let old, let new, old.values.hasSameBytes(as: new.values) { return nil }
            return old == nil && new == nil ? nil : Difference(key: key, old: old, new: new)
        }
    }

    /// Whether no row is different.
    package var isEmpty: Bool { rows.isEmpty }
}
