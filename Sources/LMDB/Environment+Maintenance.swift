internal import CLMDB
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
            lastTransaction: info.me_last_txnid, maximumReaders: Int(info.me_maxreaders), readers: Int(info.me_numreaders))
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
