internal import CLMDB

/// The operations of both read and write transactions.
///
/// Values are returned as a `RawSpan` whose lifetime the compiler ties to the transaction: a span cannot be used after the
/// transaction has ended, or after a later write in the same transaction. See <doc:Transactions>.
public protocol Transaction: ~Copyable {
    /// The handle of the transaction, which only this module can use.
    var raw: TransactionHandle { get }
}

/// An opaque `MDB_txn *`.
public struct TransactionHandle {
    let pointer: OpaquePointer
}

extension Transaction where Self: ~Copyable {
    /// The value of a key; nil when the key does not exist.
    ///
    /// In a database with ``Database/Options/duplicates`` this is the first value of the key.
    ///
    /// - Throws: `.badValueSize` when the key is empty or longer than ``Database/maximumKeySize``.
    @_lifetime(borrow self)
    public borrowing func get(_ database: Database, _ key: RawSpan) throws(LMDBError) -> RawSpan? {
        let found = try withValue(key) { key throws(LMDBError) in try lookUp(database, key) }
        guard let found else { return nil }
        return _overrideLifetime(RawSpan(_unsafeBytes: found), borrowing: self)
    }

    /// The value of an integer key; nil when the key does not exist. The database must have
    /// ``Database/Options/integerKeys``.
    @_lifetime(borrow self)
    public borrowing func get(_ database: Database, _ key: UInt64) throws(LMDBError) -> RawSpan? {
        let found = try withValue(key) { key throws(LMDBError) in try lookUp(database, key) }
        guard let found else { return nil }
        return _overrideLifetime(RawSpan(_unsafeBytes: found), borrowing: self)
    }

    /// The number of the transaction: for a read transaction the number of the commit that it sees, for a write
    /// transaction the number of the commit that it will become.
    public borrowing func number() -> UInt64 { UInt64(mdb_txn_id(raw.pointer)) }

    /// A cursor over a database, positioned before the first entry.
    @_lifetime(borrow self)
    public borrowing func cursor(_ database: Database) throws(LMDBError) -> Cursor {
        var opened: OpaquePointer?
        try check(
            mdb_cursor_open(raw.pointer, database.handle, &opened), "mdb_cursor_open", "database \(database.name)")
        guard let opened else { preconditionFailure("mdb_cursor_open returned no cursor") }
        return Cursor(handle: opened, database: database)
    }

    /// The number of entries and pages of a database, at a constant cost.
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

/// The size of one database (`lmdb.h`, `MDB_stat`).
public struct DatabaseStatistics: Sendable {
    /// The number of entries; every value of a key with many values counts.
    public let entries: Int
    /// The number of levels of the B+tree; 0 when the database is empty.
    public let depth: Int
    /// The number of pages of the B+tree, with the pages of values that are larger than a page.
    public let pages: Int
}

/// A read transaction: all its reads see one commit. It ends with the closure of ``Environment/read(_:)``.
public struct ReadTransaction: ~Copyable, Transaction {
    /// The handle of the transaction, which only this module can use.
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
