internal import CLMDB
internal import Glibc

/// A write transaction; only one runs at a time, across all processes. It ends with the closure of
/// ``Environment/write(_:)``.
///
/// After a call has thrown an error, let the error leave the closure: LMDB does not allow a commit after a failed write.
public struct WriteTransaction: ~Copyable, Transaction {
    /// The handle of the transaction, which only this module can use.
    public let raw: TransactionHandle
    private var isFinished = false
    /// A cursor at the end of the database to which entries are appended: opening a cursor and seeking for each entry costs
    /// as much as adding the entry. LMDB closes the cursor with the transaction.
    private var appending: (cursor: OpaquePointer, database: MDB_dbi)?

    init(handle: OpaquePointer) { raw = TransactionHandle(pointer: handle) }

    deinit { if !isFinished { mdb_txn_abort(raw.pointer) } }

    /// Commits the transaction; throws `ENOSPC` instead of the `EIO` with which LMDB reports a short write.
    ///
    /// A write that writes fewer bytes than requested shows that the disk is full. LMDB reports this as `EIO` (`mdb.c`,
    /// `mdb_page_flush` and `mdb_env_write_meta`), which is also the system's error for a failing disk. Only the system's
    /// error is also in `errno`.
    mutating func commit(_ path: String) throws(LMDBError) {
        isFinished = true  // `mdb_txn_commit` frees the handle even when it fails
        errno = 0
        let status = mdb_txn_commit(raw.pointer)
        let isShortWrite = status == EIO && errno != EIO
        try check(isShortWrite ? ENOSPC : status, "mdb_txn_commit", path)
    }

    /// Sets the value of a key, and replaces the old value if the key exists.
    ///
    /// In a database with ``Database/Options/duplicates`` this adds a value to the key.
    ///
    /// - Throws: `.badValueSize` when the key is empty or longer than ``Database/maximumKeySize``.
    public mutating func put(_ database: Database, _ key: RawSpan, _ value: RawSpan) throws(LMDBError) {
        let transaction = raw.pointer
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in
                try Self.put(transaction, database, key, value, 0)
            }
        }
    }

    /// Sets the value of a key to an integer, in native byte order.
    ///
    /// - Throws: `.badValueSize` when the key is empty or longer than ``Database/maximumKeySize``.
    public mutating func put(_ database: Database, _ key: RawSpan, _ value: UInt64) throws(LMDBError) {
        let transaction = raw.pointer
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in
                try Self.put(transaction, database, key, value, 0)
            }
        }
    }

    /// Appends an entry whose integer key is greater than all existing keys.
    ///
    /// This is faster than `put`, and the value is written into the page without a copy. The database must have
    /// ``Database/Options/integerKeys``.
    ///
    /// - Parameters:
    ///   - database: the database.
    ///   - key: the key.
    ///   - count: the size of the value, in bytes.
    ///   - fill: writes all `count` bytes of the value.
    /// - Throws: `.keyExists` when an existing key is equal or greater.
    public mutating func append(
        _ database: Database, _ key: UInt64, count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(LMDBError) {
        let cursor = try appender(of: database)
        try withValue(key) { key throws(LMDBError) in
            var key = key
            var value = MDB_val(mv_size: count, mv_data: nil)
            try check(
                mdb_cursor_put(cursor, &key, &value, UInt32(MDB_APPEND | MDB_RESERVE)), "mdb_cursor_put",
                "database \(database.name), key of \(key.mv_size) bytes, value of \(count) bytes")
            fill(UnsafeMutableRawBufferPointer(start: value.mv_data, count: count))
        }
    }

    private mutating func appender(of database: Database) throws(LMDBError) -> OpaquePointer {
        if let appending {
            if appending.database == database.handle { return appending.cursor }
            mdb_cursor_close(appending.cursor)
            self.appending = nil
        }
        var opened: OpaquePointer?
        try check(
            mdb_cursor_open(raw.pointer, database.handle, &opened), "mdb_cursor_open", "database \(database.name)")
        guard let opened else { preconditionFailure("mdb_cursor_open returned no cursor") }
        appending = (opened, database.handle)
        return opened
    }

    /// Appends integers to the values of a key, all in one call of LMDB.
    ///
    /// The database must have ``Database/Options/integerDuplicates``.
    ///
    /// - Parameters:
    ///   - database: the database.
    ///   - key: the key, 1 to ``Database/maximumKeySize`` bytes.
    ///   - values: ascending integers, greater than all existing values of the key.
    /// - Throws: `.keyExists` when the integers do not ascend or an existing value is equal or greater.
    public mutating func appendDuplicates(_ database: Database, _ key: RawSpan, _ values: [UInt64]) throws(LMDBError) {
        guard !values.isEmpty else { return }
        var opened: OpaquePointer?
        try check(
            mdb_cursor_open(raw.pointer, database.handle, &opened), "mdb_cursor_open", "database \(database.name)")
        defer { mdb_cursor_close(opened) }
        let status = values.withUnsafeBytes { values in
            key.withUnsafeBytes { key in
                var key = MDB_val(key)
                let size = MemoryLayout<UInt64>.size
                // MDB_MULTIPLE: the first element has the address and the size of one value, the second their number.
                var block = [
                    MDB_val(mv_size: size, mv_data: MDB_val(values).mv_data),
                    MDB_val(mv_size: values.count / size, mv_data: nil),
                ]
                return mdb_cursor_put(opened, &key, &block, UInt32(MDB_MULTIPLE | MDB_APPENDDUP))
            }
        }
        try check(
            status, "mdb_cursor_put", "database \(database.name), key of \(key.byteCount) bytes, \(values.count) values"
        )
    }

    private static func put(
        _ transaction: OpaquePointer, _ database: Database, _ key: MDB_val, _ value: MDB_val, _ flags: UInt32
    ) throws(LMDBError) {
        var key = key
        var value = value
        try check(
            mdb_put(transaction, database.handle, &key, &value, flags), "mdb_put",
            "database \(database.name), key of \(key.mv_size) bytes, value of \(value.mv_size) bytes")
    }
}

extension WriteTransaction {
    /// Removes a key with all its values.
    ///
    /// - Returns: whether the key existed.
    @discardableResult
    public mutating func delete(_ database: Database, _ key: RawSpan) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try remove(database, key, nil) }
    }

    /// Removes an integer key with its value; the database must have ``Database/Options/integerKeys``.
    ///
    /// - Returns: whether the key existed.
    @discardableResult
    public mutating func delete(_ database: Database, _ key: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try remove(database, key, nil) }
    }

    /// Removes one value of a key; the database must have ``Database/Options/integerDuplicates``.
    ///
    /// - Returns: whether the key had the value.
    @discardableResult
    public mutating func delete(_ database: Database, _ key: RawSpan, _ value: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in try remove(database, key, value) }
        }
    }

    /// Removes all entries of a database; the database remains.
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
