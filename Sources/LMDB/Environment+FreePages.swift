internal import CLMDB

extension Environment {
    /// How many pages inside the file are free.
    ///
    /// A writer takes them before it makes the file grow, but not those that a
    /// reader may still see. Walks the list of free pages, which has an entry
    /// for each commit whose pages wait: its key is the transaction, its value
    /// begins with the number of pages (`mdb.c`, `MDB_IDL`).
    public func freePages() throws(LMDBError) -> Int {
        try read { transaction throws(LMDBError) in
            var cursor = try transaction.cursor(.freeList)
            var pages = 0
            var found = try cursor.move(.first)
            while found {
                guard cursor.value.byteCount >= MemoryLayout<UInt>.size else {
                    throw LMDBError(.corrupted, call: "mdb_cursor_get", subject: "the list of free pages of \(path)")
                }
                pages += Int(clamping: cursor.integerValue)
                found = try cursor.move(.next)
            }
            return pages
        }
    }
}

extension Database {
    /// Where LMDB keeps which pages are free: its database 0, which has no name.
    static let freeList = Database(name: "of free pages", handle: 0)
}
