internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
    /// The state of the file and its readers.
    public struct Information: Sendable {
        /// The map, and with it the largest size of the file, in bytes.
        public let mapSize: Int
        public let pageSize: Int
        /// Pages in use or free inside the file.
        public let usedPages: Int
        public let lastTransaction: Int
        public let maximumReaders: Int
        /// Reader slots ever used at once, over all processes.
        public let readers: Int
    }

    public func information() throws(LMDBError) -> Information {
        gate.enter()  // it reads the map
        defer { gate.leave() }
        let environment = try opened(for: "mdb_env_info")
        var info = MDB_envinfo()
        var stat = MDB_stat()
        try check(mdb_env_info(environment, &info), "mdb_env_info", path)
        try check(mdb_env_stat(environment, &stat), "mdb_env_stat", path)
        return Information(
            mapSize: info.me_mapsize, pageSize: Int(stat.ms_psize), usedPages: info.me_last_pgno + 1,
            lastTransaction: info.me_last_txnid, maximumReaders: Int(info.me_maxreaders),
            readers: Int(info.me_numreaders))
    }

    /// How many bytes of its pages the file lacks; more than 0 after it was cut.
    ///
    /// Reading such a page is a bus error. Pages that were taken and given
    /// back in one transaction may be missing at the end of a sound file, too:
    /// `checkStructure` tells which it is.
    public func missingBytes() throws(LMDBError) -> Int {
        let information = try information()
        var status = stat()
        try check(fstat(try dataDescriptor(), &status) == 0 ? 0 : errno, "fstat", path)
        return max(information.usedPages * information.pageSize - Int(status.st_size), 0)
    }

    /// Frees the slots of readers whose process died, and returns how many there were.
    @discardableResult
    public func clearStaleReaders() throws(LMDBError) -> Int {
        gate.enter()
        defer { gate.leave() }
        var dead: Int32 = 0
        try check(mdb_reader_check(try opened(for: "mdb_reader_check"), &dead), "mdb_reader_check", path)
        return Int(dead)
    }

    /// Writes everything committed to the disk; needed only where `synchronous` is off.
    public func sync() throws(LMDBError) {
        gate.enter()
        defer { gate.leave() }
        try check(mdb_env_sync(try opened(for: "mdb_env_sync"), 1), "mdb_env_sync", path)
    }
}

extension Environment {
    /// Checks the structure of the file as of now, while others may write: see `StructureCheck`.
    ///
    /// Calls LMDB for one read transaction only, in which the pages that are
    /// looked at stay as they are; a long one, so a busy file grows meanwhile.
    ///
    /// - Throws: an `errno` when the file cannot be read.
    public func checkStructure(
        progress: @escaping (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
    ) throws(LMDBError) -> [StructureProblem] {
        // A writer that commits twice while two pages are read is rare; a hundred times in a row it is not.
        for _ in 1...100 {
            let problems = try read { transaction throws(LMDBError) in
                try StructureCheck.run(path: path + "/data.mdb", transaction: transaction.number(), progress: progress)
            }
            if let problems { return problems }
        }
        throw LMDBError(.init(rawValue: EAGAIN), call: "StructureCheck", subject: path)
    }
}

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
