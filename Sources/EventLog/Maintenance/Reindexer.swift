internal import LMDB

/// Rebuilds the indexes of topics, ids and types from the events, which contain everything that is in the indexes.
///
/// From the first transaction to the last, the key `indexing` in `meta` says that the indexes are incomplete; the next
/// opening then starts the rebuild again. Nothing may be appended during the rebuild.
struct Reindexer {
    /// The largest size of the records of a transaction, in bytes.
    private static let step = 8 << 20

    let store: Store
    /// The number of events that could not be read and are not in the indexes.
    private(set) var unreadable = 0

    init(_ store: Store) { self.store = store }

    /// - Parameter progress: gets the last offset processed, after each transaction.
    mutating func run(progress: (Offset) -> Void = { _ in }) throws(LMDBError) {
        var reached = try store.write { transaction throws(LMDBError) in
            try transaction.put(store.metaDatabase, .indexing, UInt8(1))
            for index in [store.topics, store.ids, store.types] { try transaction.clear(index) }
            return .commit(try store.first(in: transaction).previous)
        }
        let head = try store.head()
        while reached < head {
            let (last, skipped) = try store.write { transaction throws(LMDBError) in
                .commit(try index(after: reached, through: head, &transaction))
            }
            reached = last
            unreadable += skipped
            progress(reached)
        }
        try store.write { transaction throws(LMDBError) in
            try transaction.put(store.metaDatabase, .indexing, UInt8(0))
            try transaction.put(store.metaDatabase, .unindexed, UInt64(unreadable))
            try transaction.put(store.metaDatabase, .format, StoreMeta.currentFormat)
            return .commit(())
        }
    }

    private func index(
        after start: Offset, through head: Offset, _ transaction: inout WriteTransaction
    ) throws(LMDBError) -> (reached: Offset, skipped: Int) {
        var updates = IndexUpdates()
        var ids: [(id: [UInt8], offset: UInt64)] = []
        let (reached, readable) = try collect(after: start, through: head, transaction, &updates, &ids)
        for (id, offset) in ids where try store.offset(ofID: id.span.bytes, in: transaction) == nil {
            try transaction.put(store.ids, id.span.bytes, offset)
        }
        try updates.write(to: &transaction, store)
        return (reached, Int(reached.rawValue - start.rawValue) - readable)
    }

    private func collect(
        after start: Offset, through head: Offset, _ transaction: borrowing WriteTransaction,
        _ updates: inout IndexUpdates,
        _ ids: inout [(id: [UInt8], offset: UInt64)]
    ) throws(LMDBError) -> (reached: Offset, readable: Int) {
        var cursor = try transaction.cursor(store.events)
        var found = try cursor.seek(start.next.rawValue)
        var bytes = 0
        var readable = 0
        while found {
            if let event = EventView(cursor.value, at: Offset(cursor.integerKey)) {
                updates.add(event)
                if event.id.byteCount > 0 { ids.append((event.id.array, event.offset.rawValue)) }
                readable += 1
            }
            bytes += cursor.value.byteCount
            if bytes >= Self.step { return (Offset(cursor.integerKey), readable) }
            found = try cursor.move(.next)
        }
        return (head, readable)
    }
}

extension Store {
    /// The largest number of types whose counts are added up at each opening.
    private static let addedTypes = 10_000

    /// The first error in the indexes that the entry counts of LMDB show; nil when there is none. Costs a few lookups.
    func indexFault() throws(LMDBError) -> String? {
        try environment.read { transaction throws(LMDBError) in
            if meta.format < StoreMeta.currentFormat { return "the log was written by an earlier version" }
            if try isIndexing(in: transaction) { return "a rebuild of the indexes was interrupted" }
            let unindexed: UInt64 = try transaction.integer(metaDatabase, .unindexed) ?? 0
            let count = try transaction.statistics(events).entries - Int(clamping: unindexed)
            let indexed = try transaction.statistics(topics).entries
            if indexed != count { return "the index of topics has \(indexed) offsets for \(count) events" }
            guard try transaction.statistics(types).entries <= Self.addedTypes else { return nil }
            var typed: UInt64 = 0
            try visitTypes(in: transaction) { typed &+= $1 }
            return typed == UInt64(count) ? nil : "the index of types counts \(typed) of \(count) events"
        }
    }
}
