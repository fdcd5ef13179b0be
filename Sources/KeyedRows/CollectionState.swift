package import EventLog
package import JSON

/// One row of a collection.
package struct Row: Sendable {
    package let key: RowKey
    /// The fields by their index in `CollectionState.fields`; nil for a missing field.
    package fileprivate(set) var values: RowValues
    /// The offset of the event that changed the row last.
    package fileprivate(set) var changed: Offset

    /// The most bytes of JSON of an array or object in a field.
    package static let maximumNestedBytes = 65_536

    package init(key: RowKey, values: RowValues, changed: Offset) {
        (self.key, self.values, self.changed) = (key, values, changed)
    }
}

/// The rows of one collection at an offset, with indexes and the newest changes. Copies are cheap.
package struct CollectionState: Sendable {
    let layout: RowLayout
    private var rows = SortedTree<RowEntry>()
    /// Nil while a fold of many events has them.
    private var indexes: RowIndexes?
    private(set) var changes: ChangeList

    /// The number of changes that are kept in the list.
    package static let keptChanges = 65_536

    init(_ layout: RowLayout, changes: ChangeList) {
        self.layout = layout
        self.changes = changes
        indexes = RowIndexes(layout)
    }

    package var name: String { layout.name }

    /// The names of all fields that a row can have.
    package var fields: [String] { layout.fields }

    /// The number of rows.
    package var count: Int { rows.count }

    /// The offset of the newest change; `start` when there was none.
    package var lastChange: Offset { changes.newest ?? .start }

    package func fieldIndex(_ name: String) -> Int? { layout.position(of: name) }

    package func row(_ key: RowKey) -> Row? { rows.find(RowEntry(key))?.row }

    /// The fields of a row as an object, in the order of `fields`, without missing ones.
    package func object(_ row: Row) -> JSONObject {
        var object = JSONObject()
        for (name, value) in zip(layout.fields, row.values) {
            if let value { object[name] = value }
        }
        return object
    }

    /// Visits the rows in the order of keys, from a rank on, until `body` returns false.
    package func visitRows(from rank: Int = 0, _ body: (Row) -> Bool) { rows.visit(from: rank) { body($0.row) } }

    /// The number of rows whose keys are less.
    package func rank(of key: RowKey) -> Int { rows.rank(of: RowEntry(key)) }

    /// The index of a field: entries ordered by value, then key; nil for a field without an index.
    package func index(of field: Int) -> SortedTree<IndexEntry>? {
        guard let indexes else { preconditionFailure("an index is read during a fold") }
        return indexes.entries(of: field)
    }

    /// The keys of the rows that changed (or were deleted) after an offset, each once, in no particular order.
    ///
    /// - Returns: nil when the list of the newest changes does not reach back to the offset.
    package func changedKeys(after offset: Offset) -> [RowKey]? { changes.keys(after: offset) }
}

/// An entry of an index.
package struct IndexEntry: Sendable, Hashable, TreeElement {
    package let value: SortValue
    package let key: RowKey

    package init(value: SortValue, key: RowKey) { (self.value, self.key) = (value, key) }

    package static func < (left: IndexEntry, right: IndexEntry) -> Bool {
        let order = left.value.compare(with: right.value)
        return order == 0 ? left.key < right.key : order < 0
    }

    @inline(__always)
    package static func compare(_ left: UnsafePointer<IndexEntry>, _ right: UnsafePointer<IndexEntry>) -> Int {
        let order = left.pointee.value.prefix.compare(with: right.pointee.value.prefix) ?? compareValues(left, right)
        if order != 0 { return order }
        let prefix = left.pointee.key.ordered.prefix
        let keyOrder = prefix.compare(with: right.pointee.key.ordered.prefix)
        return keyOrder != 0 || prefix.isWhole ? keyOrder : compareKeys(left, right)
    }

    @inline(never)
    private static func compareValues(_ left: UnsafePointer<IndexEntry>, _ right: UnsafePointer<IndexEntry>) -> Int {
        left.pointee.value.compare(with: right.pointee.value)
    }

    @inline(never)
    private static func compareKeys(_ left: UnsafePointer<IndexEntry>, _ right: UnsafePointer<IndexEntry>) -> Int {
        left.pointee.key.ordered.compare(with: right.pointee.key.ordered)
    }
}

/// A row, ordered by its key.
private struct RowEntry: TreeElement {
    var row: Row

    init(_ row: Row) { self.row = row }

    /// An entry to search for.
    init(_ key: RowKey) { row = Row(key: key, values: RowValues(), changed: .start) }

    static func == (left: RowEntry, right: RowEntry) -> Bool { left.row.key == right.row.key }

    static func < (left: RowEntry, right: RowEntry) -> Bool { left.row.key < right.row.key }

    @inline(__always)
    static func compare(_ left: UnsafePointer<RowEntry>, _ right: UnsafePointer<RowEntry>) -> Int {
        let prefix = left.pointee.row.key.ordered.prefix
        let order = prefix.compare(with: right.pointee.row.key.ordered.prefix)
        return order != 0 || prefix.isWhole ? order : compareKeys(left, right)
    }

    @inline(never)
    private static func compareKeys(_ left: UnsafePointer<RowEntry>, _ right: UnsafePointer<RowEntry>) -> Int {
        left.pointee.row.key.ordered.compare(with: right.pointee.row.key.ordered)
    }
}

extension Row {
    /// Replaces the values of the row.
    ///
    /// - Parameter body: returns the new values; nil to delete the row, which is then left as it is.
    /// - Returns: the row before and after; nothing when the values stay the same.
    @inline(__always)
    fileprivate mutating func change(_ body: (RowValues?) -> RowValues?, at offset: Offset) -> (old: Row?, new: Row?) {
        let old = self
        guard let values = body(old.values) else { return (old, nil) }
        // The row of a group may have new aggregates beside the same values.
        self.values = values
        guard !values.hasSameBytes(as: old.values) else { return (nil, nil) }
        changed = offset
        return (old, self)
    }
}

/// A change of one row: nil before it is made, and after it is deleted.
struct RowTransition {
    let old: Row?
    let new: Row?
}

extension CollectionState {
    /// Changes a row, and adds the change to the list.
    ///
    /// - Parameter body: gets the values of the row, nil when there is none, and returns its new values, nil to delete the
    ///   row.
    /// - Returns: the change; nil when the row stays the same.
    @inline(__always)
    mutating func update(_ key: RowKey, at offset: Offset, _ body: (RowValues?) -> RowValues?) -> RowTransition? {
        var (old, new): (Row?, Row?)
        rows.put(RowEntry(key)) { entry in
            guard let entry else {
                new = body(nil).map { Row(key: key, values: $0, changed: offset) }
                return new.map { RowEntry($0) }
            }
            (old, new) = entry.pointee.row.change(body, at: offset)
            return nil
        }
        guard old != nil || new != nil else { return nil }
        if new == nil { rows.remove(RowEntry(key)) }
        let transition = RowTransition(old: old, new: new)
        indexes?.update(transition)
        changes.append(key, at: offset)
        return transition
    }

    /// Replaces a row without adding a change to the list.
    ///
    /// - Parameters:
    ///   - values: nil to delete the row.
    ///   - changed: the offset of the row's last change; nil when the row did not change.
    mutating func replace(_ key: RowKey, _ values: RowValues?, changed: Offset?) {
        let old = row(key)
        let new = values.map { Row(key: key, values: $0, changed: changed ?? old?.changed ?? .start) }
        if let new { rows.insert(RowEntry(new)) } else { rows.remove(RowEntry(key)) }
        indexes?.update(RowTransition(old: old, new: new))
    }

    /// Adds a change to the list.
    mutating func addChange(of key: RowKey, at offset: Offset) { changes.append(key, at: offset) }

    /// From now on until `endFold`, indexes may be behind the rows.
    mutating func beginFold() { indexes?.beginFold() }

    mutating func endFold() { indexes?.endFold() }

    /// Gives the indexes away. Until they are put back, changes of rows do not change them.
    mutating func takeIndexes() -> RowIndexes {
        guard let taken = indexes.take() else { preconditionFailure("a fold begins during a fold") }
        return taken
    }

    mutating func putBack(_ indexes: RowIndexes) { self.indexes = indexes }

    /// Makes a state with rows, which are in the order of their keys, each key once.
    init(_ layout: RowLayout, ascending rows: [Row], changes: ChangeList) {
        self.init(layout, changes: changes)
        self.rows = SortedTree(ascending: rows.lazy.map { RowEntry($0) })
        indexes = RowIndexes(layout, of: rows)
    }
}
