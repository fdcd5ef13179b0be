import EventLog

/// What is computed from the changes of rows: the indexes of their collection, and the groups.
///
/// It does not read the rows, so that a second thread can compute it while more events change rows.
struct RowDependents: Sendable {
    private(set) var indexes: RowIndexes
    private(set) var groups: [GroupState]

    /// A change of one row by the event at an offset.
    struct Change: Sendable {
        let transition: RowTransition
        let offset: Offset
    }

    init(indexes: RowIndexes, groups: [GroupState]) { (self.indexes, self.groups) = (indexes, groups) }

    mutating func apply(_ change: Change) {
        indexes.update(change.transition)
        for index in groups.indices { groups[index].apply(change.transition, at: change.offset) }
    }

    /// From now on until `endFold`, indexes and groups may postpone changes.
    mutating func beginFold() {
        indexes.beginFold()
        for index in groups.indices { groups[index].beginFold() }
    }

    mutating func endFold() {
        indexes.endFold()
        for index in groups.indices { groups[index].endFold() }
    }
}
