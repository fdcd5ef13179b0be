internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
    /// The size of the file and of the table of readers (`lmdb.h`, `MDB_envinfo` and `MDB_stat`).
    public struct Information: Sendable {
        /// The size of the memory map, in bytes, which is the largest size of the file until the map grows.
        public let mapSize: Int
        /// The size of a page, in bytes.
        public let pageSize: Int
        /// The number of pages in the file, used and free ones.
        public let usedPages: Int
        /// The number of the last committed transaction.
        public let lastTransaction: Int
        /// The number of slots in the table of readers.
        public let maximumReaders: Int
        /// The number of slots that have been used so far in the table of readers, across all processes.
        public let readers: Int
    }

    /// The current size of the file and of the table of readers.
    ///
    /// - Throws: `.closed` after ``close()``.
    public func information() throws(LMDBError) -> Information {
        mapLock.lockShared()  // `mdb_env_info` reads the map
        defer { mapLock.unlock() }
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

    /// The number of bytes that are missing at the end of the file; greater than 0 after the file was truncated.
    ///
    /// Reading a missing page is a bus error. Pages that were allocated and freed in one transaction can also be missing at
    /// the end of an intact file; ``checkStructure(progress:)`` finds out which is the case.
    ///
    /// - Throws: `.closed` after ``close()``; an `errno` when the size of the file cannot be read.
    public func missingBytes() throws(LMDBError) -> Int {
        let information = try information()
        var status = stat()
        try check(fstat(try dataDescriptor(), &status) == 0 ? 0 : errno, "fstat", path)
        return max(information.usedPages * information.pageSize - Int(status.st_size), 0)
    }

    /// Frees the slots of readers whose process has died (`lmdb.h`, `mdb_reader_check`).
    ///
    /// - Returns: the number of slots that were freed.
    /// - Throws: `.closed` after ``close()``.
    @discardableResult
    public func clearStaleReaders() throws(LMDBError) -> Int {
        mapLock.lockShared()
        defer { mapLock.unlock() }
        var dead: Int32 = 0
        try check(mdb_reader_check(try opened(for: "mdb_reader_check"), &dead), "mdb_reader_check", path)
        return Int(dead)
    }

    /// Writes all committed data to the disk; needed only when ``Options/synchronous`` is off.
    ///
    /// - Throws: `.closed` after ``close()``; an `errno` when the disk fails.
    public func sync() throws(LMDBError) {
        mapLock.lockShared()
        defer { mapLock.unlock() }
        try check(mdb_env_sync(try opened(for: "mdb_env_sync"), 1), "mdb_env_sync", path)
    }
}

extension Environment {
    /// Checks the structure of the newest commit with ``StructureCheck``; other threads and processes can write during
    /// the check.
    ///
    /// One long read transaction keeps the checked pages unchanged, so a file with many writes grows during the check.
    ///
    /// - Parameter progress: gets the number of checked pages and the number of all pages, every 4,096 pages and at the
    ///   end.
    /// - Returns: the problems, at most ``StructureCheck/maximumProblems``; empty when the structure is intact.
    /// - Throws: an `errno` when the file cannot be read; `EAGAIN` when a writer interfered with the start of the check a
    ///   hundred times.
    public func checkStructure(
        progress: @escaping (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
    ) throws(LMDBError) -> [StructureProblem] {
        // A writer rarely commits twice while two pages are read; a hundred times in a row does not happen by chance.
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
    /// The number of free pages inside the file.
    ///
    /// A writer uses free pages before the file grows, except pages that a read transaction can still see. The cost is
    /// proportional to the length of the list of free pages, which has one entry for each commit that freed pages: the
    /// key is the transaction, and the value begins with the number of pages (`mdb.c`, `MDB_IDL`).
    ///
    /// - Throws: `.corrupted` when the list of free pages is damaged; `.closed` after ``close()``.
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
    /// LMDB's list of free pages: its database 0, which has no name.
    static let freeList = Database(name: "of free pages", handle: 0)
}

extension Environment {
    /// Writes a compact copy of the newest commit to a file (`lmdb.h`, `mdb_env_copyfd2` with `MDB_CP_COMPACT`); other
    /// threads and processes can write during the copy.
    ///
    /// The copy has no free pages. Copying is a long read transaction: pages that are freed during the copy are not reused
    /// until the copy is complete, and the memory map of this process cannot grow until then. So make copies in a process
    /// that does not write.
    ///
    /// - Parameter descriptor: the descriptor of an empty file that is open for writing. The file is not synced.
    /// - Throws: an `errno` when the file cannot be written; `.readersFull` when all slots of readers belong to running
    ///   processes; `.closed` after ``close()``.
    public func copy(to descriptor: Int32) throws(LMDBError) {
        mapLock.lockShared()
        defer { mapLock.unlock() }
        var hasCleared = false
        while true {
            let environment = try opened(for: "mdb_env_copyfd2")
            let status = mdb_env_copyfd2(environment, descriptor, UInt32(MDB_CP_COMPACT))
            if status == MDB_READERS_FULL, !hasCleared {
                // Nothing is written yet. Free the slots of dead readers and try once more.
                hasCleared = true
                var dead: Int32 = 0
                mdb_reader_check(environment, &dead)
                continue
            }
            guard status == MDB_MAP_RESIZED else { return try check(status, "mdb_env_copyfd2", path) }
            // Another process has enlarged the map; nothing is written yet.
            mapLock.unlock()
            let adopted = Result { () throws(LMDBError) in try setMapSize(0) }
            mapLock.lockShared()
            try adopted.get()
        }
    }
}
