internal import LMDB

extension Store {
    /// Visits the whole topics index, in short read transactions.
    ///
    /// - Parameter visit: gets a topic, one of its offsets, and the newest
    ///   event there was when that entry was read.
    func visitTopicIndex(_ visit: ([UInt8], _ offset: UInt64, _ newest: UInt64) -> Void) throws(LMDBError) {
        var last: (topic: [UInt8], offset: UInt64)?
        var isDone = false
        while !isDone {
            isDone = try environment.read { transaction throws(LMDBError) in
                let newest = try newest(in: transaction)
                var cursor = try transaction.cursor(topics)
                var found: Bool
                if let last {
                    // On with the same topic, or the one after it.
                    found = last.offset < .max ? try cursor.seek(last.topic.span.bytes, last.offset + 1) : false
                    if !found, try cursor.find(last.topic.span.bytes) { found = try cursor.move(.nextKey) }
                } else {
                    found = try cursor.move(.first)
                }
                var count = 0
                while found, count < Self.scanLimit {
                    let topic =
                        last.flatMap { last in cursor.key.isEqual(last.topic) ? last.topic : nil } ?? cursor.key.array
                    last = (topic, cursor.integerValue)
                    visit(topic, cursor.integerValue, newest)
                    count += 1
                    found = try cursor.move(.next)
                }
                return !found
            }
        }
    }

    /// Visits the offsets in the index of ids, in short read transactions; a value that is no offset counts as 0.
    func visitIDs(_ visit: (_ offset: UInt64, _ newest: UInt64) -> Void) throws(LMDBError) {
        var last: [UInt8]?
        var isDone = false
        while !isDone {
            isDone = try environment.read { transaction throws(LMDBError) in
                let newest = try newest(in: transaction)
                var cursor = try transaction.cursor(ids)
                var found: Bool
                if let last {
                    found = try cursor.find(last.span.bytes)
                    if found { found = try cursor.move(.next) }
                } else {
                    found = try cursor.move(.first)
                }
                var count = 0
                while found, count < Self.scanLimit {
                    last = cursor.key.array
                    visit(cursor.value.byteCount == 8 ? cursor.integerValue : 0, newest)
                    count += 1
                    found = try cursor.move(.next)
                }
                return !found
            }
        }
    }

    private func newest(in transaction: borrowing ReadTransaction) throws(LMDBError) -> UInt64 {
        var cursor = try transaction.cursor(events)
        return try cursor.move(.last) ? cursor.integerKey : first(in: transaction).previous.rawValue
    }
}
