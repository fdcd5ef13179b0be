/// The values of a row while an event is applied.
///
/// The values refer to texts where these are: in the old row, in the event, in the definition or in the arena. Only
/// `rowValues` copies them.
struct RowDraft: ~Copyable {
    /// Whether there is a row; without one, all values are missing.
    private(set) var exists = false
    private var values: UnsafeMutableBufferPointer<StoredValue>
    /// What an operation has changed so far; an operation that does not fit its event leaves `values` as they are.
    private var changed: UnsafeMutableBufferPointer<StoredValue>
    var arena: ValueArena

    /// Calls a closure with a draft of a row that does not exist.
    @inline(__always)
    static func with<Result>(fieldCount: Int, _ body: (inout RowDraft) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: StoredValue.self, capacity: 2 * fieldCount) { memory in
            memory.initialize(repeating: .missing)
            return ValueArena.with { arena in
                var draft = RowDraft(
                    values: UnsafeMutableBufferPointer(rebasing: memory[..<fieldCount]),
                    changed: UnsafeMutableBufferPointer(rebasing: memory[fieldCount...]), arena: arena)
                return body(&draft)
            }
        }
    }

    private init(
        values: UnsafeMutableBufferPointer<StoredValue>, changed: UnsafeMutableBufferPointer<StoredValue>,
        arena: consuming ValueArena
    ) {
        (self.values, self.changed) = (values, changed)
        self.arena = arena
    }

    /// Takes the values of a row, which must not be released before the draft was used.
    ///
    /// - Parameter row: the values in the form of snapshots.
    mutating func load(_ row: UnsafeRawBufferPointer) {
        exists = true
        var position = 0
        for field in values.indices { values[field] = StoredValue(row, &position) }
    }

    /// Removes the row.
    mutating func delete() {
        exists = false
        values.update(repeating: .missing)
    }

    /// Begins an operation with the values of the row, or without values.
    mutating func begin(isEmpty: Bool) {
        if isEmpty { changed.update(repeating: .missing) } else { _ = changed.update(fromContentsOf: values) }
    }

    /// A value during an operation.
    subscript(field: Int) -> StoredValue {
        get { changed[field] }
        nonmutating set { changed[field] = newValue }
    }

    /// Ends an operation: the row has the changed values from now on.
    mutating func commit() {
        exists = true
        swap(&values, &changed)
    }

    /// The values of the row; nil when there is none.
    var rowValues: RowValues? { exists ? rowValues(aggregates: .empty) : nil }

    /// The values of the row of a group.
    func rowValues(aggregates: UnsafeRawBufferPointer) -> RowValues {
        RowValues(UnsafeBufferPointer(values), aggregates: aggregates)
    }
}
