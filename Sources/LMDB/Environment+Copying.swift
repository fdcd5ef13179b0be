internal import CLMDB

extension Environment {
    /// Writes a compact copy of everything committed to a file, from one unchanging view of the data, while others write.
    ///
    /// Free pages are left out. It is a long read: pages freed meanwhile are not used again until it ends, and the map
    /// of this process cannot grow until then, so make copies in a process that does not write.
    ///
    /// - Parameter descriptor: of an empty file, open for writing. It is not synced.
    public func copy(to descriptor: Int32) throws(LMDBError) {
        gate.enter()
        defer { gate.leave() }
        var hasCleared = false
        while true {
            let environment = try opened(for: "mdb_env_copyfd2")
            let status = mdb_env_copyfd2(environment, descriptor, UInt32(MDB_CP_COMPACT))
            if status == MDB_READERS_FULL, !hasCleared {
                // Nothing was written yet. Free the slots of readers that died, and try once more.
                hasCleared = true
                var dead: Int32 = 0
                mdb_reader_check(environment, &dead)
                continue
            }
            guard status == MDB_MAP_RESIZED else { return try check(status, "mdb_env_copyfd2", path) }
            // Another process grew the map; nothing was written yet.
            gate.leave()
            let adopted = Result { () throws(LMDBError) in try setMapSize(0) }
            gate.enter()
            try adopted.get()
        }
    }
}
