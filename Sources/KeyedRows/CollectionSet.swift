package import EventLog
import JSON

/// The state of a `CollectionProjection`: a collection and those grouped from it, in the order of
/// `CollectionDefinition.names`.
package struct CollectionSet: Sendable {
    let plan: CollectionPlan
    /// The collection with `from`.
    private(set) var root: CollectionState
    private(set) var groups: [GroupState]
    /// The indexes of `root` and the groups during a fold of many events, when `groups` is empty; nil otherwise.
    private var fold: LongFold?
    /// The fold began after this offset, because earlier events had been trimmed when the collection was defined; `start`
    /// for a collection of the whole log.
    package let startedAfter: Offset
    /// For each of `plan.labels`.
    private(set) var skippedCounts: [Int]

    init(_ plan: CollectionPlan, startedAfter: Offset) {
        let changes = ChangeList(completeAfter: startedAfter)
        self.plan = plan
        self.startedAfter = startedAfter
        root = CollectionState(plan.layout, changes: changes)
        groups = plan.groups.map { GroupState($0, changes: changes) }
        skippedCounts = Array(repeating: 0, count: plan.labels.count)
    }

    /// Makes the set of a snapshot.
    init(
        _ plan: CollectionPlan, startedAfter: Offset, root: CollectionState, groups: [GroupState], skippedCounts: [Int]
    ) {
        (self.plan, self.startedAfter, self.root) = (plan, startedAfter, root)
        (self.groups, self.skippedCounts) = (groups, skippedCounts)
    }

    package var collections: [CollectionState] {
        precondition(fold == nil, "a state is read during a fold")
        return [root] + groups.flatMap(\.collections)
    }

    /// How many operations were skipped because the event did not fit, by `type operation`: `order.paid add`.
    package var skipped: [String: Int] {
        Dictionary(zip(plan.labels, skippedCounts).filter { $0.1 > 0 }, uniquingKeysWith: +)
    }

    /// The collection with a name; nil when there is none.
    package func collection(_ name: String) -> CollectionState? {
        if root.name.hasSameBytes(as: name) { return root }
        return collections.first { $0.name.hasSameBytes(as: name) }
    }

    /// One collection as JSON, for the command line and the inspector:
    /// `{"rows":{"7":{…}},"startedAfter":0,"skipped":{"order.paid add":2}}`, rows in the order of keys.
    ///
    /// - Returns: `null` when there is no such collection.
    package func json(_ name: String) -> [UInt8] {
        guard let collection = collection(name) else { return JSONValue.null.bytes }
        var output = Array("{\"rows\":{".utf8)
        collection.visitRows { row in
            if output.last != UInt8(ascii: "{") { output.append(UInt8(ascii: ",")) }
            JSONText.writeString(row.key.text, into: &output)
            output.append(UInt8(ascii: ":"))
            JSONValue.object(collection.object(row)).write(into: &output)
            return true
        }
        output += "},\"startedAfter\":\(startedAfter),\"skipped\":".utf8
        let counts = zip(plan.labels, skippedCounts).filter { $0.1 > 0 }
        JSONValue.object(JSONObject(counts.map { ($0, .number(JSONNumber($1))) })).write(into: &output)
        output.append(UInt8(ascii: "}"))
        return output
    }

    /// From now on until `endFold`, indexes and groups are behind the rows, and must not be read.
    mutating func beginFold() {
        guard !groups.isEmpty || !plan.layout.indexed.isEmpty else { return }
        fold = LongFold(RowDependents(indexes: root.takeIndexes(), groups: groups))
        groups = []
    }

    mutating func endFold() {
        guard let dependents = fold?.end() else { return }
        fold = nil
        root.putBack(dependents.indexes)
        groups = dependents.groups
    }

    /// Applies the operations of an event.
    mutating func apply(_ type: CollectionPlan.EventType, _ event: borrowing EventView) {
        EventData.with(event, type.members) { data in
            guard let key = type.key.rowKey(event, data) else {
                for operation in type.operations { skippedCounts[operation.label] += 1 }
                return
            }
            var skipped: [Int] = []
            let transition = root.update(key, at: event.offset) { old in
                RowDraft.with(fieldCount: type.fieldCount) { row in
                    type.apply(to: &row, old, event, data, &skipped)
                }
            }
            for label in skipped { skippedCounts[label] += 1 }
            guard let transition else { return }
            if fold != nil {
                fold?.add(transition, at: event.offset)
                return
            }
            for index in groups.indices { groups[index].apply(transition, at: event.offset) }
        }
    }
}

extension CollectionPlan.EventType {
    /// - Parameters:
    ///   - row: a draft of a row that does not exist.
    ///   - old: the values of the row; nil when there is none.
    ///   - skipped: gets the labels of the operations that do not fit.
    /// - Returns: the new values of the row; nil when there is none.
    fileprivate func apply(
        to row: inout RowDraft, _ old: RowValues?, _ event: borrowing EventView, _ data: EventData,
        _ skipped: inout [Int]
    ) -> RowValues? {
        (old ?? RowValues()).withUnsafeBytes { bytes in
            if old != nil { row.load(bytes) }
            // By index: a loop over the elements would copy each of them.
            for index in operations.indices where !operations[index].apply(to: &row, event, data) {
                skipped.append(operations[index].label)
            }
            return row.rowValues
        }
    }
}
