internal import LMDB

extension Store {
    /// Finds out whether there is room for an append of `bytes`: writes a value of that size and removes it.
    ///
    /// Three commits. Pages that are taken and given back in one commit are never written, and a commit takes no pages
    /// that the commit before it gave back (`mdb_find_oldest`). So the second commit gives the pages back, and the third
    /// lets the next append take them: where there is room for one of the two only, the append would fail otherwise.
    /// When the process ends before the third commit, a value stays under the key `probe` of the database `meta` until
    /// the next probe.
    func probe(bytes: Int) throws(LMDBError) {
        let key = MetaKey.probe.bytes
        for count in [bytes, 1] {
            let value = [UInt8](repeating: 0, count: count)
            try write { transaction throws(LMDBError) in
                try transaction.put(metaDatabase, key.span.bytes, value.span.bytes)
                return .commit(())
            }
        }
        try write { transaction throws(LMDBError) in
            try transaction.delete(metaDatabase, key.span.bytes)
            return .commit(())
        }
    }
}
