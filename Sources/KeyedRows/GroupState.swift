import EventLog
import JSON

/// The groups of one `GroupDefinition`, and those that are grouped from them.
struct GroupState: Sendable {
    let plan: GroupPlan
    /// One row for each group, with the group's aggregates.
    private(set) var collection: CollectionState
    /// For each of `plan.extremes` the values of all grouped rows, by group.
    private var extremes: [SortedTree<GroupedValue>]
    private(set) var nested: [GroupState]
    /// The groups whose rows are not written yet; nil unless a fold writes them together.
    private var batch: GroupBatch?

    /// Groups without rows.
    init(_ plan: GroupPlan, changes: ChangeList) {
        self.plan = plan
        collection = CollectionState(plan.layout, changes: changes)
        extremes = Array(repeating: SortedTree(), count: plan.extremes.count)
        nested = plan.groups.map { GroupState($0, changes: changes) }
    }

    /// The rows of the groups, and of those grouped from them, in the order of `GroupDefinition.names`.
    var collections: [CollectionState] { [collection] + nested.flatMap(\.collections) }
}

/// A value of a row in a group.
private struct GroupedValue: TreeElement {
    let group: RowKey
    let value: SortValue
    let row: RowKey

    static func < (left: GroupedValue, right: GroupedValue) -> Bool {
        if left.group != right.group { return left.group < right.group }
        return IndexEntry(value: left.value, key: left.row) < IndexEntry(value: right.value, key: right.row)
    }

    /// Before all numbers, strings and booleans of a group.
    static func start(of group: RowKey) -> GroupedValue {
        GroupedValue(group: group, value: SortValue(nil), row: group)
    }

    /// After all numbers, strings and booleans of a group.
    static func end(of group: RowKey) -> GroupedValue {
        GroupedValue(group: group, value: SortValue([]), row: group)
    }
}

/// A row that leaves or enters a group.
private struct Move {
    let group: RowKey
    let row: Row
    let isEntering: Bool
}

extension GroupState {
    /// Moves a changed row from its old group to its new one.
    mutating func apply(_ transition: RowTransition, at offset: Offset) {
        if batch == nil { apply(moves(of: transition), at: offset) } else { addToBatch(transition, at: offset) }
    }

    private mutating func apply(_ moves: [Move], at offset: Offset) {
        for move in moves { updateExtremes(move) }
        var changes: [RowTransition] = []
        for (index, move) in moves.enumerated() {
            guard !moves[..<index].contains(where: { $0.group == move.group }) else { continue }
            let change = update(move.group, moves[index...], at: offset)
            if let change, !nested.isEmpty { changes.append(change) }
        }
        guard !changes.isEmpty else { return }
        for index in nested.indices {
            let moves = changes.flatMap { nested[index].moves(of: $0) }
            nested[index].apply(moves, at: offset)
        }
    }

    private func moves(of transition: RowTransition) -> [Move] {
        let left = transition.old.flatMap { row in
            groupKey(of: row).map { Move(group: $0, row: row, isEntering: false) }
        }
        let entered = transition.new.flatMap { row in
            groupKey(of: row).map { Move(group: $0, row: row, isEntering: true) }
        }
        guard let left else { return entered.map { [$0] } ?? [] }
        guard let entered else { return [left] }
        return left.group == entered.group && keepsAggregates(left.row, entered.row) ? [] : [left, entered]
    }

    /// The key of the group that a row belongs to; nil when it belongs to none.
    private func groupKey(of row: Row) -> RowKey? {
        guard let by = plan.by, plan.matcher.matches(row) else { return nil }
        return row.values.withValue(by) { $0.groupKey }
    }

    /// Whether a changed row that stays in its group has the same values where they count.
    private func keepsAggregates(_ old: Row, _ new: Row) -> Bool {
        func keeps(_ field: Int) -> Bool {
            old.values.withValue(field) { old in new.values.withValue(field) { old.hasSameBytes(as: $0) } }
        }
        return plan.sums.allSatisfy(keeps) && plan.extremes.allSatisfy(keeps)
    }

    private mutating func updateExtremes(_ move: Move) {
        for (index, field) in plan.extremes.enumerated() {
            let value = move.row.values.sortValue(field)
            guard value.isScalar else { continue }
            let entry = GroupedValue(group: move.group, value: value, row: move.row.key)
            if move.isEntering { extremes[index].insert(entry) } else { extremes[index].remove(entry) }
        }
    }

    /// Applies those of the moves that concern a group.
    ///
    /// - Returns: the change of the group's row; nil when the row stays the same.
    private mutating func update(_ key: RowKey, _ moves: ArraySlice<Move>, at offset: Offset) -> RowTransition? {
        let (plan, extremes) = (plan, extremes)
        return collection.update(key, at: offset) { old in
            var aggregates = old.map { GroupAggregates($0, plan) } ?? GroupAggregates(plan)
            for move in moves where move.group == key {
                if move.isEntering { aggregates.add(move.row, plan) } else { aggregates.subtract(move.row, plan) }
            }
            guard aggregates.count > 0 else { return nil }
            return aggregates.rowValues(plan) { Self.extreme($0, of: key, extremes) }
        }
    }

    private static func extreme(
        _ aggregate: GroupPlan.Aggregate, of key: RowKey, _ extremes: [SortedTree<GroupedValue>]
    ) -> JSONValue? {
        let entry: GroupedValue?
        switch aggregate {
        case .min(let index): entry = extremes[index].firstElement(notBefore: .start(of: key))
        case .max(let index):
            let rank = extremes[index].rank(of: .end(of: key))
            entry = rank > 0 ? extremes[index].element(at: rank - 1) : nil
        case .count, .sum, .zero, .nothing: entry = nil
        }
        guard let entry, entry.group == key else { return nil }
        return entry.value.json
    }
}

extension GroupState {
    /// From now on until `endFold`, the rows of groups may be behind the grouped rows.
    mutating func beginFold() {
        collection.beginFold()
        for index in nested.indices { nested[index].beginFold() }
        if plan.isFoldedInBatches { batch = GroupBatch() }
    }

    mutating func endFold() {
        writeBatch()
        batch = nil
        collection.endFold()
        for index in nested.indices { nested[index].endFold() }
    }

    private mutating func addToBatch(_ transition: RowTransition, at offset: Offset) {
        let left = transition.old.flatMap { groupKey(of: $0) }
        let entered = transition.new.flatMap { groupKey(of: $0) }
        if let left, left == entered {
            if let old = transition.old, let new = transition.new, keepsAggregates(old, new) { return }
            change(left, leaving: transition.old, entering: transition.new, at: offset)
        } else {
            if let left { change(left, leaving: transition.old, entering: nil, at: offset) }
            if let entered { change(entered, leaving: nil, entering: transition.new, at: offset) }
        }
        if batch?.isFull == true { writeBatch() }
    }

    private mutating func change(_ key: RowKey, leaving: Row?, entering: Row?, at offset: Offset) {
        let position = batch?.position(of: key) ?? batch?.add(key, collection.row(key)?.values, plan)
        guard let position else { return }
        batch?.change(position, leaving: leaving, entering: entering, plan, at: offset)
    }

    private mutating func writeBatch() {
        guard let batch else { return }
        self.batch = GroupBatch()
        for change in batch.changes { collection.addChange(of: batch.groups[change.group].key, at: change.offset) }
        for var group in batch.groups.sorted(by: { $0.key < $1.key }) {
            collection.replace(group.key, group.currentRow(plan), changed: group.changed)
        }
    }
}

extension GroupState {
    /// What a snapshot has of groups, beside what is computed from the rows.
    struct History {
        let changes: ChangeList
        /// The offset of the last change of each group, in the order of keys.
        let changed: [Offset]
    }

    struct WrongHistory: Error {}

    /// Groups all rows of a collection.
    ///
    /// - Parameter history: the history of groups with a digest. Nil when it is unknown, because the groups were defined
    ///   later: all of them then changed with the last change of the rows.
    /// - Throws: when a history is not that of these groups.
    init(_ plan: GroupPlan, of rows: CollectionState, history: ([UInt8]) -> History?) throws {
        self.init(plan, changes: ChangeList(completeAfter: rows.lastChange))
        var positions: [RowKey: Int] = [:]
        var found: [(key: RowKey, aggregates: GroupAggregates)] = []
        var values: [[GroupedValue]] = Array(repeating: [], count: plan.extremes.count)
        rows.visitRows { row in
            guard let key = groupKey(of: row) else { return true }
            let position = positions[key] ?? found.count
            if position == found.count {
                positions[key] = position
                found.append((key, GroupAggregates(plan)))
            }
            found[position].aggregates.add(row, plan)
            for (index, field) in plan.extremes.enumerated() {
                let value = row.values.sortValue(field)
                if value.isScalar { values[index].append(GroupedValue(group: key, value: value, row: row.key)) }
            }
            return true
        }
        found.sort { $0.key < $1.key }
        for index in values.indices { extremes[index] = SortedTree(ascending: values[index].sorted()) }
        let known = history(plan.digest)
        if let known, known.changed.count != found.count { throw WrongHistory() }
        let changes = known?.changes ?? ChangeList(completeAfter: max(rows.lastChange, rows.changes.completeAfter))
        let extremes = extremes
        let groupRows = found.enumerated().map { position, group in
            let values = group.aggregates.rowValues(plan) { Self.extreme($0, of: group.key, extremes) }
            return Row(key: group.key, values: values, changed: known?.changed[position] ?? rows.lastChange)
        }
        collection = CollectionState(plan.layout, ascending: groupRows, changes: changes)
        let collection = collection
        nested = try plan.groups.map { try GroupState($0, of: collection, history: history) }
    }
}
