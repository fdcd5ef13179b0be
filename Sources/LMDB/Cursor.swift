internal import CLMDB

/// A position in a database that moves from entry to entry.
///
/// A cursor cannot outlive its transaction. ``key`` and ``value`` belong to the entry at which the last successful move
/// ended; read them only after a successful move.
public struct Cursor: ~Copyable, ~Escapable {
    /// Moves that need no key (`lmdb.h`, `MDB_cursor_op`).
    public enum Move: Sendable {
        /// To the first entry of the database.
        case first
        /// To the last entry of the database.
        case last
        /// To the next entry: the next value of the current key, or the first value of the next key.
        case next
        /// To the previous entry: the previous value of the current key, or the last value of the previous key.
        case previous
        /// To the first value of the next key.
        case nextKey
        /// To the next value of the current key.
        case nextDuplicate
        /// To the previous value of the current key.
        case previousDuplicate
        /// To the first value of the current key.
        case firstDuplicate
        /// To the last value of the current key.
        case lastDuplicate

        var operation: MDB_cursor_op {
            switch self {
            case .first: MDB_FIRST
            case .last: MDB_LAST
            case .next: MDB_NEXT
            case .previous: MDB_PREV
            case .nextKey: MDB_NEXT_NODUP
            case .nextDuplicate: MDB_NEXT_DUP
            case .previousDuplicate: MDB_PREV_DUP
            case .firstDuplicate: MDB_FIRST_DUP
            case .lastDuplicate: MDB_LAST_DUP
            }
        }
    }

    private let handle: OpaquePointer
    private let database: Database
    private var currentKey = MDB_val()
    private var currentValue = MDB_val()

    @_lifetime(immortal)
    init(handle: OpaquePointer, database: Database) {
        self.handle = handle
        self.database = database
    }

    deinit { mdb_cursor_close(handle) }

    /// Moves to another entry.
    ///
    /// - Returns: whether the entry exists; if not, the cursor stays where it is.
    @_lifetime(self: copy self)
    public mutating func move(_ move: Move) throws(LMDBError) -> Bool {
        try step(move.operation, currentKey, currentValue)
    }

    /// Moves to the first entry whose key is equal to `key` or greater.
    ///
    /// - Returns: whether such an entry exists; if not, ``key`` and ``value`` do not change.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: RawSpan) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try step(MDB_SET_RANGE, key, MDB_val()) }
    }

    /// Moves to the first entry whose integer key is equal to `key` or greater; the database must have
    /// ``Database/Options/integerKeys``.
    ///
    /// - Returns: whether such an entry exists; if not, ``key`` and ``value`` do not change.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try step(MDB_SET_RANGE, key, MDB_val()) }
    }

    /// Moves to the first value of a key.
    ///
    /// - Returns: whether the key exists; if not, ``key`` and ``value`` do not change.
    @_lifetime(self: copy self)
    public mutating func find(_ key: RawSpan) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try step(MDB_SET_KEY, key, MDB_val()) }
    }

    /// Moves to the first value of a key that is equal to `value` or greater; the database must have
    /// ``Database/Options/integerDuplicates``.
    ///
    /// - Returns: whether such a value exists; if not, ``key`` and ``value`` do not change.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: RawSpan, _ value: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in
                // This call sets only the value; the key is still the memory of the caller …
                guard try step(MDB_GET_BOTH_RANGE, key, value, keeps: false) else { return false }
                // … and this call sets both.
                return try step(MDB_GET_CURRENT, MDB_val(), MDB_val())
            }
        }
    }

    /// The key of the current entry.
    public var key: RawSpan {
        @_lifetime(borrow self) get { _overrideLifetime(RawSpan(_unsafeBytes: currentKey.bytes), borrowing: self) }
    }

    /// The value of the current entry.
    public var value: RawSpan {
        @_lifetime(borrow self) get { _overrideLifetime(RawSpan(_unsafeBytes: currentValue.bytes), borrowing: self) }
    }

    /// The key of the current entry as an integer; the database must have ``Database/Options/integerKeys``.
    public var integerKey: UInt64 { currentKey.bytes.loadUnaligned(as: UInt64.self) }

    /// The first 8 bytes of the value of the current entry as an integer; the value must have at least 8 bytes.
    public var integerValue: UInt64 { currentValue.bytes.loadUnaligned(as: UInt64.self) }

    /// The number of values of the current key; the database must have ``Database/Options/duplicates``.
    public borrowing func duplicateCount() throws(LMDBError) -> Int {
        var count = 0
        try check(mdb_cursor_count(handle, &count), "mdb_cursor_count", "database \(database.name)")
        return count
    }

    /// - Parameter keeps: whether the entry that LMDB returns becomes the current entry.
    @inline(__always)
    @_lifetime(self: copy self)
    private mutating func step(
        _ operation: MDB_cursor_op, _ key: MDB_val, _ value: MDB_val, keeps: Bool = true
    ) throws(LMDBError) -> Bool {
        var key = key
        var value = value
        let status = mdb_cursor_get(handle, &key, &value, operation)
        if status == MDB_NOTFOUND { return false }
        try check(status, "mdb_cursor_get", "database \(database.name)")
        if keeps { (currentKey, currentValue) = (key, value) }
        return true
    }
}
