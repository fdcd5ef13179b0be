import EventLog

/// The groups that a long fold has changed, and whose rows are written together.
///
/// The changes are those that would have been made event by event: a row that an event changed has changed at the offset of
/// the event, also when a later event changed it back.
struct GroupBatch: Sendable {
    /// A group as of the last event.
    struct Changed: Sendable {
        let key: RowKey
        fileprivate(set) var aggregates: GroupAggregates
        /// The row, nil when there is none; unknown after a change until somebody asks.
        fileprivate var row: RowValues??
        /// The offset of the last event that changed the row; nil when none did.
        fileprivate(set) var changed: Offset?
    }

    /// A change of the row of a group.
    struct Change: Sendable {
        let offset: Offset
        /// The index in `groups`.
        let group: Int
    }

    private var positions: [RowKey: Int] = [:]
    private(set) var groups: [Changed] = []
    /// In the order of events.
    private(set) var changes: [Change] = []

    /// A batch is written when it has this many changes.
    static let maximumChanges = 65_536

    var isFull: Bool { changes.count >= Self.maximumChanges || groups.count >= Self.maximumChanges }

    /// The index of a group; nil when the batch does not have it.
    func position(of key: RowKey) -> Int? { positions[key] }

    /// Adds a group before its first change.
    ///
    /// - Parameter row: nil when there is no such group.
    mutating func add(_ key: RowKey, _ row: RowValues?, _ plan: GroupPlan) -> Int {
        let aggregates = row.map { GroupAggregates($0, plan) } ?? GroupAggregates(plan)
        groups.append(Changed(key: key, aggregates: aggregates, row: .some(row), changed: nil))
        positions[key] = groups.count - 1
        return groups.count - 1
    }

    /// Takes a row out of a group, adds a row to it, or replaces one by another.
    mutating func change(_ group: Int, leaving: Row?, entering: Row?, _ plan: GroupPlan, at offset: Offset) {
        // Then the row shows another number; otherwise the rows are compared.
        let isOtherCount = plan.hasCount && (leaving == nil) != (entering == nil)
        let before = isOtherCount ? nil : groups[group].currentRow(plan)
        if let leaving { groups[group].aggregates.subtract(leaving, plan) }
        if let entering { groups[group].aggregates.add(entering, plan) }
        groups[group].row = nil
        guard isOtherCount || !groups[group].hasRow(before, plan) else { return }
        groups[group].changed = offset
        changes.append(Change(offset: offset, group: group))
    }
}

extension GroupBatch.Changed {
    /// The values of the row of the group; nil when there is none.
    mutating func currentRow(_ plan: GroupPlan) -> RowValues? {
        if let row { return row }
        let made = aggregates.count > 0 ? aggregates.rowValues(plan) { _ in nil } : nil
        row = .some(made)
        return made
    }

    fileprivate mutating func hasRow(_ other: RowValues?, _ plan: GroupPlan) -> Bool {
        switch (currentRow(plan), other) {
        case (nil, nil): true
        case (let mine?, let other?): mine.hasSameBytes(as: other)
        default: false
        }
    }
}
