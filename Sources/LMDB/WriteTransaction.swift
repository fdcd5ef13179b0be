internal import CLMDB
internal import Glibc

/// The one writer; ends with its closure.
///
/// After an error the transaction can only be dropped.
public struct WriteTransaction: ~Copyable, Transaction {
    public let raw: TransactionHandle
    private var isFinished = false
    /// Kept at the end of the database that is being appended to: opening and
    /// seeking for each entry costs as much as adding it. LMDB closes it with
    /// the transaction.
    private var appending: (cursor: OpaquePointer, database: MDB_dbi)?

    init(handle: OpaquePointer) { raw = TransactionHandle(pointer: handle) }

    deinit { if !isFinished { mdb_txn_abort(raw.pointer) } }

    /// Commits; throws `ENOSPC` in place of the `EIO` with which LMDB reports a short write.
    ///
    /// A write that takes fewer bytes than it was given shows that the disk is full. LMDB reports that as `EIO`
    /// (`mdb_page_flush`, `mdb_env_write_meta`), the error that the system has for a failing disk; only the system's own
    /// error is also in `errno`.
    mutating func commit(_ path: String) throws(LMDBError) {
        isFinished = true  // `mdb_txn_commit` frees the handle even when it fails
        errno = 0
        let status = mdb_txn_commit(raw.pointer)
        let isShortWrite = status == EIO && errno != EIO
        try check(isShortWrite ? ENOSPC : status, "mdb_txn_commit", path)
    }

    /// Sets the value of `key`, at most 511 bytes and not empty.
    public mutating func put(_ database: Database, _ key: RawSpan, _ value: RawSpan) throws(LMDBError) {
        let transaction = raw.pointer
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in
                try Self.put(transaction, database, key, value, 0)
            }
        }
    }

    /// Sets an integer value under `key`.
    public mutating func put(_ database: Database, _ key: RawSpan, _ value: UInt64) throws(LMDBError) {
        let transaction = raw.pointer
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in
                try Self.put(transaction, database, key, value, 0)
            }
        }
    }

    /// Adds `key`, which must be greater than all others, with a value of
    /// `count` bytes that `fill` writes straight into the page.
    ///
    /// - Throws: `.keyExists` when a key as great is there.
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

    /// Adds ascending integers, all greater than those there, to the values of
    /// `key`; the database must have `integerDuplicates`.
    ///
    /// - Throws: `.keyExists` when they do not ascend.
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
                // MDB_MULTIPLE: the first says where the values are and the size of one, the second how many.
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
