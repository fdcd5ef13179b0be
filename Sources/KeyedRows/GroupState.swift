import EventLog
import JSON

/// The groups of one `GroupDefinition`, and those that are grouped from them.
struct GroupState: Sendable {
    let plan: GroupPlan
    /// One row for each group.
    private(set) var collection: CollectionState
    private var groups = SortedTree<Group>()
    /// For each of `plan.extremes` the values of all grouped rows, by group.
    private var extremes: [SortedTree<GroupedValue>]
    private(set) var nested: [GroupState]

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

/// The sums of the rows of a group, ordered by the key of the group.
private struct Group: TreeElement {
    let key: RowKey
    var count = 0
    /// For each of `GroupPlan.sums`.
    var sums: [ExactSum] = []

    init(_ key: RowKey) { self.key = key }

    static func == (left: Group, right: Group) -> Bool { left.key == right.key }

    static func < (left: Group, right: Group) -> Bool { left.key < right.key }

    @inline(__always)
    static func compare(_ left: UnsafePointer<Group>, _ right: UnsafePointer<Group>) -> Int {
        let prefix = left.pointee.key.ordered.prefix
        let order = prefix.compare(with: right.pointee.key.ordered.prefix)
        return order != 0 || prefix.isWhole ? order : compareKeys(left, right)
    }

    @inline(never)
    private static func compareKeys(_ left: UnsafePointer<Group>, _ right: UnsafePointer<Group>) -> Int {
        left.pointee.key.ordered.compare(with: right.pointee.key.ordered)
    }
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

extension GroupState {
    /// Moves changed rows from their old groups to their new ones.
    mutating func apply(_ transitions: some Collection<RowTransition>, at offset: Offset) {
        var affected: [RowKey] = []
        for transition in transitions {
            let left = transition.old.flatMap { groupKey(of: $0) }
            let entered = transition.new.flatMap { groupKey(of: $0) }
            if let left, let entered, left == entered, keepsAggregates(transition) { continue }
            if let left, let row = transition.old {
                retract(row, from: left)
                if !affected.contains(left) { affected.append(left) }
            }
            if let entered, let row = transition.new {
                insert(row, into: entered)
                if !affected.contains(entered) { affected.append(entered) }
            }
        }
        if nested.isEmpty {
            for key in affected { _ = updateRow(of: key, at: offset) }
            return
        }
        let changes = affected.compactMap { updateRow(of: $0, at: offset) }
        guard !changes.isEmpty else { return }
        for index in nested.indices { nested[index].apply(changes, at: offset) }
    }

    /// The key of the group that a row belongs to; nil when it belongs to none.
    private func groupKey(of row: Row) -> RowKey? {
        guard let by = plan.by, plan.matcher.matches(row) else { return nil }
        return row.values.withValue(by) { $0.groupKey }
    }

    /// Whether a changed row that stays in its group has the same values where they count.
    private func keepsAggregates(_ transition: RowTransition) -> Bool {
        guard let old = transition.old, let new = transition.new else { return false }
        func keeps(_ field: Int) -> Bool {
            old.values.withValue(field) { old in new.values.withValue(field) { old.hasSameBytes(as: $0) } }
        }
        return plan.sums.allSatisfy(keeps) && plan.extremes.allSatisfy(keeps)
    }

    private mutating func retract(_ row: Row, from key: RowKey) {
        let sums = plan.sums
        let count = groups.update(Group(key)) { group in
            group.count -= 1
            for (index, field) in sums.enumerated() { row.values.withValue(field) { group.sums[index].subtract($0) } }
            return group.count
        }
        if count == 0 { groups.remove(Group(key)) }
        for (index, field) in plan.extremes.enumerated() {
            let value = row.values.sortValue(field)
            if value.isScalar { extremes[index].remove(GroupedValue(group: key, value: value, row: row.key)) }
        }
    }

    private mutating func insert(_ row: Row, into key: RowKey) {
        if groups.update(Group(key), { $0.add(row, plan) }) == nil {
            var group = Group(key)
            group.add(row, plan)
            groups.insert(group)
        }
        for (index, field) in plan.extremes.enumerated() {
            let value = row.values.sortValue(field)
            if value.isScalar { extremes[index].insert(GroupedValue(group: key, value: value, row: row.key)) }
        }
    }

    /// - Returns: the change; nil when the row of the group stays the same.
    private mutating func updateRow(of key: RowKey, at offset: Offset) -> RowTransition? {
        let values = groups.find(Group(key)).map { RowValues(self.values(of: $0)) }
        return collection.update(key, at: offset) { _ in values }
    }

    private func values(of group: Group) -> [JSONValue?] { plan.aggregates.map { value(of: $0, in: group) } }

    private func value(of aggregate: GroupPlan.Aggregate, in group: Group) -> JSONValue? {
        switch aggregate {
        case .count: JSONValue.number(JSONNumber(group.count))
        case .sum(let index): group.sums[index].total.map { JSONValue.number($0.number) }
        case .zero: JSONValue.number(JSONNumber(0))
        case .nothing: nil
        case .min(let index): value(of: extremes[index].firstElement(notBefore: .start(of: group.key)), in: group)
        case .max(let index): value(of: lastElement(of: extremes[index], before: .end(of: group.key)), in: group)
        }
    }

    private func lastElement(of values: SortedTree<GroupedValue>, before end: GroupedValue) -> GroupedValue? {
        let rank = values.rank(of: end)
        return rank > 0 ? values.element(at: rank - 1) : nil
    }

    private func value(of entry: GroupedValue?, in group: Group) -> JSONValue? {
        guard let entry, entry.group == group.key else { return nil }
        return entry.value.json
    }
}

extension Group {
    mutating func add(_ row: Row, _ plan: GroupPlan) {
        if sums.isEmpty { sums = Array(repeating: ExactSum(), count: plan.sums.count) }
        count += 1
        for (index, field) in plan.sums.enumerated() { row.values.withValue(field) { sums[index].add($0) } }
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
        var found: [Group] = []
        var values: [[GroupedValue]] = Array(repeating: [], count: plan.extremes.count)
        rows.visitRows { row in
            guard let key = groupKey(of: row) else { return true }
            let position = positions[key] ?? found.count
            if position == found.count {
                positions[key] = position
                found.append(Group(key))
            }
            found[position].add(row, plan)
            for (index, field) in plan.extremes.enumerated() {
                let value = row.values.sortValue(field)
                if value.isScalar { values[index].append(GroupedValue(group: key, value: value, row: row.key)) }
            }
            return true
        }
        found.sort()
        groups = SortedTree(ascending: found)
        for index in values.indices { extremes[index] = SortedTree(ascending: values[index].sorted()) }
        let known = history(plan.digest)
        if let known, known.changed.count != found.count { throw WrongHistory() }
        let changes = known?.changes ?? ChangeList(completeAfter: max(rows.lastChange, rows.changes.completeAfter))
        let groupRows = found.enumerated().map { position, group in
            Row(
                key: group.key, values: RowValues(self.values(of: group)),
                changed: known?.changed[position] ?? rows.lastChange)
        }
        collection = CollectionState(plan.layout, ascending: groupRows, changes: changes)
        let collection = collection
        nested = try plan.groups.map { try GroupState($0, of: collection, history: history) }
    }
}
