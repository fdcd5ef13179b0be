import EventLog

/// The newest changes of a collection: which row changed at which offset. Copies are cheap.
///
/// Chunks of changes, so that a change to a list that a copy shares copies one chunk and the list of chunks.
struct ChangeList: Sendable {
    struct Change: Sendable {
        let offset: Offset
        let key: RowKey
    }

    private var chunks: [ContiguousArray<Change>] = []
    /// The number of changes at the beginning of the first chunk that are not part of the list any more.
    private var dropped = 0
    private(set) var count = 0
    /// All changes after this offset are in the list.
    private(set) var completeAfter: Offset

    private static let chunkSize = 256

    init(completeAfter offset: Offset) { completeAfter = offset }

    /// The offset of the newest change; nil when the list is empty.
    var newest: Offset? { chunks.last?.last?.offset }

    /// Adds a change, and drops the oldest one when there are more than `CollectionState.keptChanges`.
    mutating func append(_ key: RowKey, at offset: Offset) {
        if chunks.isEmpty || chunks[chunks.count - 1].count == Self.chunkSize {
            var chunk = ContiguousArray<Change>()
            chunk.reserveCapacity(Self.chunkSize)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(Change(offset: offset, key: key))
        count += 1
        if count > CollectionState.keptChanges { dropOldest() }
    }

    private mutating func dropOldest() {
        completeAfter = chunks[0][dropped].offset
        dropped += 1
        count -= 1
        if dropped == Self.chunkSize {
            chunks.removeFirst()
            dropped = 0
        }
    }

    /// The keys of the changes after an offset, each once; nil when some are not in the list.
    func keys(after offset: Offset) -> [RowKey]? {
        guard offset >= completeAfter else { return nil }
        var keys: [RowKey] = []
        var seen: Set<RowKey> = []
        visitBackward { change in
            guard change.offset > offset else { return false }
            if seen.insert(change.key).inserted { keys.append(change.key) }
            return true
        }
        return keys
    }

    /// Visits the changes from the newest to the oldest, until `body` returns false.
    private func visitBackward(_ body: (Change) -> Bool) {
        for (index, chunk) in chunks.enumerated().reversed() {
            for position in ((index == 0 ? dropped : 0)..<chunk.count).reversed() {
                guard body(chunk[position]) else { return }
            }
        }
    }

    /// Visits the changes from the oldest to the newest.
    func visit(_ body: (Change) -> Void) {
        for (index, chunk) in chunks.enumerated() {
            for position in (index == 0 ? dropped : 0)..<chunk.count { body(chunk[position]) }
        }
    }
}
