internal import CLMDB

extension WriteTransaction {
    /// Removes `key` with all its values; false when it was not there.
    @discardableResult
    public mutating func delete(_ database: Database, _ key: RawSpan) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try remove(database, key, nil) }
    }

    /// Removes an integer key; the database must have `integerKeys`. False when it was not there.
    @discardableResult
    public mutating func delete(_ database: Database, _ key: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try remove(database, key, nil) }
    }

    /// Removes one of the values of `key`; the database must have `integerDuplicates`. False when it was not there.
    @discardableResult
    public mutating func delete(_ database: Database, _ key: RawSpan, _ value: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in try remove(database, key, value) }
        }
    }

    /// Removes everything from a database.
    public mutating func clear(_ database: Database) throws(LMDBError) {
        try check(mdb_drop(raw.pointer, database.handle, 0), "mdb_drop", "database \(database.name)")
    }

    private func remove(_ database: Database, _ key: MDB_val, _ value: MDB_val?) throws(LMDBError) -> Bool {
        var key = key
        let status: Int32
        if var value {
            status = mdb_del(raw.pointer, database.handle, &key, &value)
        } else {
            status = mdb_del(raw.pointer, database.handle, &key, nil)
        }
        if status == MDB_NOTFOUND { return false }
        try check(status, "mdb_del", "database \(database.name), key of \(key.mv_size) bytes")
        return true
    }
}
