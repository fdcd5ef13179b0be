internal import CLMDB

/// What reading and writing transactions can both do.
///
/// Bytes leave as a `RawSpan` that the compiler ties to the transaction:
/// they cannot outlive it, and not survive a write in it.
public protocol Transaction: ~Copyable {
    /// For this module's use.
    var raw: TransactionHandle { get }
}

/// An opaque `MDB_txn *`.
public struct TransactionHandle {
    let pointer: OpaquePointer
}

extension Transaction where Self: ~Copyable {
    /// The value of `key`, or nil.
    @_lifetime(borrow self)
    public borrowing func get(_ database: Database, _ key: RawSpan) throws(LMDBError) -> RawSpan? {
        let found = try withValue(key) { key throws(LMDBError) in try lookUp(database, key) }
        guard let found else { return nil }
        return _overrideLifetime(RawSpan(_unsafeBytes: found), borrowing: self)
    }

    /// The value of an integer key, or nil; the database must have `integerKeys`.
    @_lifetime(borrow self)
    public borrowing func get(_ database: Database, _ key: UInt64) throws(LMDBError) -> RawSpan? {
        let found = try withValue(key) { key throws(LMDBError) in try lookUp(database, key) }
        guard let found else { return nil }
        return _overrideLifetime(RawSpan(_unsafeBytes: found), borrowing: self)
    }

    /// A reader's: the last one committed when its view began. A writer's: one more than that.
    public borrowing func number() -> UInt64 { UInt64(mdb_txn_id(raw.pointer)) }

    /// A cursor over `database`, before its first entry.
    @_lifetime(borrow self)
    public borrowing func cursor(_ database: Database) throws(LMDBError) -> Cursor {
        var opened: OpaquePointer?
        try check(
            mdb_cursor_open(raw.pointer, database.handle, &opened), "mdb_cursor_open", "database \(database.name)")
        guard let opened else { preconditionFailure("mdb_cursor_open returned no cursor") }
        return Cursor(handle: opened, database: database)
    }

    /// Counts of a database: entries and the pages they take.
    public borrowing func statistics(_ database: Database) throws(LMDBError) -> DatabaseStatistics {
        var stat = MDB_stat()
        try check(mdb_stat(raw.pointer, database.handle, &stat), "mdb_stat", "database \(database.name)")
        return DatabaseStatistics(
            entries: stat.ms_entries, depth: Int(stat.ms_depth),
            pages: stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages)
    }

    private borrowing func lookUp(_ database: Database, _ key: MDB_val) throws(LMDBError) -> UnsafeRawBufferPointer? {
        var key = key
        var value = MDB_val()
        let status = mdb_get(raw.pointer, database.handle, &key, &value)
        if status == MDB_NOTFOUND { return nil }
        try check(status, "mdb_get", "database \(database.name), key of \(key.mv_size) bytes")
        return value.bytes
    }
}

/// Counts of one database.
public struct DatabaseStatistics: Sendable {
    public let entries: Int
    /// Levels of the B+tree.
    public let depth: Int
    public let pages: Int
}

/// One unchanging view of the data; ends with its closure.
public struct ReadTransaction: ~Copyable, Transaction {
    public let raw: TransactionHandle

    init(handle: OpaquePointer) { raw = TransactionHandle(pointer: handle) }

    deinit { mdb_txn_abort(raw.pointer) }
}

extension MDB_val {
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }

    init(_ bytes: UnsafeRawBufferPointer) {
        // LMDB takes mutable pointers even for what it only reads.
        self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}

@inline(__always)
func withValue<Result>(
    _ span: RawSpan, _ body: (MDB_val) throws(LMDBError) -> Result
) throws(LMDBError) -> Result {
    try span.withUnsafeBytes { bytes throws(LMDBError) in try body(MDB_val(bytes)) }
}

@inline(__always)
func withValue<Result>(
    _ integer: UInt64, _ body: (MDB_val) throws(LMDBError) -> Result
) throws(LMDBError) -> Result {
    try withUnsafeBytes(of: integer) { bytes throws(LMDBError) in try body(MDB_val(bytes)) }
}
