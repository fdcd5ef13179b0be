internal import CLMDB

/// A place in a database, moved one entry at a time.
///
/// Cannot outlive its transaction. `key` and `value` are those of the entry
/// the last successful move ended on.
public struct Cursor: ~Copyable, ~Escapable {
    /// Moves that need no key (`lmdb.h`, `MDB_cursor_op`).
    public enum Move: Sendable {
        case first, last, next, previous
        /// The next key's first value, leaving out further values of this one.
        case nextKey
        /// Within the values of the current key.
        case nextDuplicate, previousDuplicate, firstDuplicate, lastDuplicate

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

    /// Moves; false, and stays, when there is no such entry.
    @_lifetime(self: copy self)
    public mutating func move(_ move: Move) throws(LMDBError) -> Bool {
        try step(move.operation, currentKey, currentValue)
    }

    /// Moves to the first entry whose key is `key` or greater.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: RawSpan) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try step(MDB_SET_RANGE, key, MDB_val()) }
    }

    /// Moves to the first entry whose integer key is `key` or greater.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try step(MDB_SET_RANGE, key, MDB_val()) }
    }

    /// Moves to `key` itself, at its first value.
    @_lifetime(self: copy self)
    public mutating func find(_ key: RawSpan) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in try step(MDB_SET_KEY, key, MDB_val()) }
    }

    /// Moves to the first integer value of `key` which is `value` or greater.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: RawSpan, _ value: UInt64) throws(LMDBError) -> Bool {
        try withValue(key) { key throws(LMDBError) in
            try withValue(value) { value throws(LMDBError) in
                // This sets the value only, so the key is still the caller's memory …
                guard try step(MDB_GET_BOTH_RANGE, key, value, keeps: false) else { return false }
                // … and this sets both.
                return try step(MDB_GET_CURRENT, MDB_val(), MDB_val())
            }
        }
    }

    public var key: RawSpan {
        @_lifetime(borrow self) get { _overrideLifetime(RawSpan(_unsafeBytes: currentKey.bytes), borrowing: self) }
    }

    public var value: RawSpan {
        @_lifetime(borrow self) get { _overrideLifetime(RawSpan(_unsafeBytes: currentValue.bytes), borrowing: self) }
    }

    /// The key as an integer; the database must have `integerKeys`.
    public var integerKey: UInt64 { currentKey.bytes.loadUnaligned(as: UInt64.self) }

    /// The value as an integer; it must be one.
    public var integerValue: UInt64 { currentValue.bytes.loadUnaligned(as: UInt64.self) }

    /// How many values the current key has.
    public borrowing func duplicateCount() throws(LMDBError) -> Int {
        var count = 0
        try check(mdb_cursor_count(handle, &count), "mdb_cursor_count", "database \(database.name)")
        return count
    }

    /// - Parameter keeps: whether the entry LMDB answers with is the current one.
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
