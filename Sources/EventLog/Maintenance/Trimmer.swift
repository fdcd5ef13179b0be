internal import LMDB

/// Removes the oldest events and their index entries, a bounded number in each transaction, so that a writer waits for
/// milliseconds only.
struct Trimmer {
    /// The largest number of events of a transaction, and the largest size of their records in bytes.
    static let step: UInt64 = 2048
    static let stepBytes = 8 << 20

    let store: Store

    /// Removes up to `step` events before `end`.
    ///
    /// The next record stays chained to the last record removed. The index entries of a damaged record cannot be found; the
    /// record is removed all the same, but the last record removed must be readable.
    ///
    /// - Returns: how many were removed; 0 when none was left.
    func removeSome(before end: Offset) throws(LMDBError) -> Int {
        try store.write { transaction throws(LMDBError) in
            let first = try store.logStart(in: transaction).first
            let limit = min(end.previous.rawValue, first.rawValue + Self.step - 1)
            var removal = Removal()
            guard first < end else { return .abort(0) }
            try removal.collect(from: first, through: Offset(limit), before: end, store, transaction)
            guard let logStart = removal.logStart else { return .abort(0) }
            try removal.write(from: first, to: &transaction, store)
            try logStart.write(to: &transaction, store.metaDatabase)
            return .commit(Int(logStart.first.rawValue - first.rawValue))
        }
    }
}

/// The events that one transaction removes.
private struct Removal {
    private var topics = NameTable<[UInt64]>()
    private var types = NameTable<UInt64>()
    private var ids: [(id: [UInt8], offset: UInt64)] = []
    /// Where the log begins after the last readable event of these.
    private(set) var logStart: LogStart?
    /// The events that could not be read, up to `logStart` and some after it.
    private var unreadable: [UInt64] = []
    private var bytes = 0

    /// Collects the events through `last`, and further ones until one of them is readable.
    mutating func collect(
        from first: Offset, through last: Offset, before end: Offset, _ store: Store,
        _ transaction: borrowing WriteTransaction
    ) throws(LMDBError) {
        var cursor = try transaction.cursor(store.events)
        var found = try cursor.seek(first.rawValue)
        while found, cursor.integerKey < end.rawValue,
            logStart == nil || (cursor.integerKey <= last.rawValue && bytes < Trimmer.stepBytes)
        {
            if let event = EventView(cursor.value, at: Offset(cursor.integerKey)) {
                add(event)
            } else {
                unreadable.append(cursor.integerKey)
            }
            bytes += cursor.value.byteCount
            found = try cursor.move(.next)
        }
    }

    private mutating func add(_ event: borrowing EventView) {
        let offset = event.offset.rawValue
        topics.update(event.topic, from: []) { $0.append(offset) }
        types.update(event.type, from: 0) { $0 += 1 }
        if event.id.byteCount > 0 { ids.append((event.id.array, offset)) }
        logStart = LogStart(first: event.offset.next, anchor: event.digest)
    }

    func write(from first: Offset, to transaction: inout WriteTransaction, _ store: Store) throws(LMDBError) {
        guard let logStart else { return }
        for offset in first.rawValue..<logStart.first.rawValue { try transaction.delete(store.events, offset) }
        let left: UInt64 = try transaction.integer(store.metaDatabase, .unindexed) ?? 0
        let gone = UInt64(unreadable.count { $0 < logStart.first.rawValue })
        if left > 0, gone > 0 { try transaction.put(store.metaDatabase, .unindexed, left - min(left, gone)) }
        for (topic, offsets) in topics.entries {
            for offset in offsets { try transaction.delete(store.topics, topic.span.bytes, offset) }
        }
        for (id, offset) in ids where try store.offset(ofID: id.span.bytes, in: transaction)?.rawValue == offset {
            try transaction.delete(store.ids, id.span.bytes)
        }
        for (type, count) in types.entries {
            let known = try store.count(ofType: type.span.bytes, in: transaction)
            if known > count {
                try transaction.put(store.types, type.span.bytes, known - count)
            } else {
                try transaction.delete(store.types, type.span.bytes)
            }
        }
    }
}
