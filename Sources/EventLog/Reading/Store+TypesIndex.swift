internal import LMDB

extension Store {
    /// Visits each type with its count, in byte order; a value that is no count is 0.
    func visitTypes(
        in transaction: borrowing some Transaction & ~Copyable, _ visit: (RawSpan, UInt64) -> Void
    ) throws(LMDBError) {
        var cursor = try transaction.cursor(types)
        var found = try cursor.move(.first)
        while found {
            visit(cursor.key, cursor.value.byteCount == 8 ? cursor.integerValue : 0)
            found = try cursor.move(.next)
        }
    }
}
