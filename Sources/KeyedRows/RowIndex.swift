/// The index of a field: an entry for each row, ordered by value, then key.
///
/// During a long fold, changes wait and are then made in the order of the entries: consecutive changes often meet the same
/// nodes of the tree, while changes in the order of events meet nodes that are not in the processor's cache.
struct RowIndex: Sendable {
    private var tree: SortedTree<IndexEntry>
    private var waiting: [Change] = []
    private var waits = false

    private struct Change {
        let entry: IndexEntry
        let isInsertion: Bool
    }

    /// The most changes that wait.
    static let maximumWaiting = 32_768

    init(_ entries: SortedTree<IndexEntry> = SortedTree()) { tree = entries }

    /// The entries; no change may be waiting.
    var entries: SortedTree<IndexEntry> {
        precondition(waiting.isEmpty, "an index is read during a fold")
        return tree
    }

    mutating func insert(_ entry: IndexEntry) {
        if waits { wait(Change(entry: entry, isInsertion: true)) } else { tree.insert(entry) }
    }

    mutating func remove(_ entry: IndexEntry) {
        if waits { wait(Change(entry: entry, isInsertion: false)) } else { tree.remove(entry) }
    }

    private mutating func wait(_ change: Change) {
        waiting.append(change)
        if waiting.count >= Self.maximumWaiting { makeChanges() }
    }

    /// From now on changes wait.
    mutating func beginFold() { waits = true }

    /// Makes the changes that wait, and from now on makes each at once.
    mutating func endFold() {
        makeChanges()
        (waits, waiting) = (false, [])
    }

    /// An entry that was inserted and removed again stays as it was.
    private mutating func makeChanges() {
        waiting.sort { $0.entry < $1.entry }
        var (position, end) = (0, 0)
        while position < waiting.count {
            let entry = waiting[position].entry
            var balance = 0
            while end < waiting.count, waiting[end].entry == entry {
                balance += waiting[end].isInsertion ? 1 : -1
                end += 1
            }
            if balance > 0 { tree.insert(entry) } else if balance < 0 { tree.remove(entry) }
            position = end
        }
        waiting.removeAll(keepingCapacity: true)
    }
}
