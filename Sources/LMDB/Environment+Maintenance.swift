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
