internal import LMDB

extension Store {
    /// Finds out whether there is room for an append of `bytes`: writes as much, and removes it.
    ///
    /// Two commits, since pages that are taken and given back in one are never written. Should the process end between
    /// the two, the value stays under the key `probe` of the database `meta` until the next probe.
    func probe(bytes: Int) throws(LMDBError) {
        let key = MetaKey.probe.bytes
        let value = [UInt8](repeating: 0, count: bytes)
        try write { transaction throws(LMDBError) in
            try transaction.put(metaDatabase, key.span.bytes, value.span.bytes)
            return .commit(())
        }
        try write { transaction throws(LMDBError) in
            try transaction.delete(metaDatabase, key.span.bytes)
            return .commit(())
        }
    }
}
