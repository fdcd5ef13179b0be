internal import LMDB

extension Store {
    /// Adds an entry that is no snapshot's and removes it, so that the commit writes pages and leaves nothing behind.
    func probe(_ transaction: inout WriteTransaction) throws(LMDBError) {
        // The name of a snapshot has no zero in it.
        let key: [UInt8] = [0]
        try transaction.put(snapshots, key.span.bytes, key.span.bytes)
        try transaction.delete(snapshots, key.span.bytes)
    }
}
