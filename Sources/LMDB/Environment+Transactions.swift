internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
    /// How a write transaction ends.
    public enum Ending<Result> {
        case commit(Result)
        /// Drops what was written; not an error.
        case abort(Result)
    }

    /// Runs `body` on one unchanging view of the data.
    ///
    /// Keep it short: pages freed after it began are not reused until it
    /// ends, so a parked reader makes the file grow.
    public func read<Result>(
        _ body: (borrowing ReadTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        gate.enter()
        defer { gate.leave() }
        let transaction = ReadTransaction(handle: try begin(UInt32(MDB_RDONLY)))
        return try body(transaction)
    }

    /// Runs `body` in a write transaction, then commits or aborts it.
    ///
    /// When the map is full it is doubled and `body` runs again from the
    /// start, so `body` must give the same effect each time it runs.
    ///
    /// - Throws: what `body` threw (nothing is written), `.mapFull` at
    ///   `Options.maximumMapSize`, or what the commit failed with; after that
    ///   none of it is visible, unless the code is `.panic`, in which case the
    ///   environment must be opened anew.
    public func write<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Ending<Result>
    ) throws(LMDBError) -> Result {
        while true {
            do throws(LMDBError) {
                return try attempt(body)
            } catch  where error.code == .mapFull {
                try grow(after: error)
            }
        }
    }

    private func attempt<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Ending<Result>
    ) throws(LMDBError) -> Result {
        gate.enter()
        defer { gate.leave() }
        var transaction = WriteTransaction(handle: try begin(0))
        switch try body(&transaction) {
        case .commit(let result):
            try transaction.commit(path)
            return result
        case .abort(let result):
            return result
        }
    }

    /// Begins a transaction with the gate held. When another process grew
    /// the map, lets go of the gate, adopts the new size and tries again.
    /// When the table of readers is full, frees the slots of readers that died and tries once more.
    func begin(_ flags: UInt32) throws(LMDBError) -> OpaquePointer {
        var hasCleared = false
        var overtakings = 0
        while true {
            var transaction: OpaquePointer?
            let environment = try opened(for: "mdb_txn_begin")
            let status = mdb_txn_begin(environment, nil, flags, &transaction)
            if status == MDB_READERS_FULL, !hasCleared {
                hasCleared = true
                var dead: Int32 = 0
                mdb_reader_check(environment, &dead)
                continue
            }
            if status == MDB_MAP_RESIZED {
                gate.leave()
                let adopted = Result { () throws(LMDBError) in try setMapSize(0) }
                gate.enter()
                try adopted.get()
                continue
            }
            try check(status, "mdb_txn_begin", path)
            guard let transaction else { preconditionFailure("mdb_txn_begin returned no transaction") }
            if flags & UInt32(MDB_RDONLY) != 0, isOvertaken(transaction) {
                mdb_txn_abort(transaction)
                overtakings += 1
                if overtakings == Self.maximumOvertakings { throw try unsettled() }
                continue
            }
            return transaction
        }
    }

    /// How often a read may be overtaken. A writer rarely does that twice in a row; more is a damaged meta page.
    private static let maximumOvertakings = 1000

    /// The error for a read that was overtaken too often.
    private func unsettled() throws(LMDBError) -> LMDBError {
        let file = path + "/data.mdb"
        if let problem = try MetaPage.unseenProblem(file) {
            return LMDBError(.corrupted, call: "mdb_txn_begin", subject: "\(file), \(problem)")
        }
        return LMDBError(.init(rawValue: EAGAIN), call: "mdb_txn_begin", subject: path)
    }

    /// Whether a read that just began may see a commit that is not public yet.
    ///
    /// LMDB 0.9 has two meta pages and takes turns. A reader that is held up
    /// between noting the newest transaction and copying its meta page finds
    /// the one after the next there, and the following read an older one:
    ///
    /// ```
    /// reader   notes 7 ───────────────────────────────────── copies page 1: that of 9!
    /// writer            commits 8 to page 0 ── writes 9 to page 1 ── (syncs) ── makes 9 public
    /// ```
    private func isOvertaken(_ transaction: OpaquePointer) -> Bool {
        var info = MDB_envinfo()
        return mdb_env_info(mdb_txn_env(transaction), &info) == MDB_SUCCESS
            && UInt(bitPattern: info.me_last_txnid) > UInt(bitPattern: Int(mdb_txn_id(transaction))) &+ 1
    }

    private func grow(after full: LMDBError) throws(LMDBError) {
        let size = try information().mapSize
        guard size < options.maximumMapSize else { throw full }
        try setMapSize(min(size * 2, options.maximumMapSize))
    }

    /// - Parameter bytes: the new size; 0 adopts what another process set.
    func setMapSize(_ bytes: Int) throws(LMDBError) {
        try gate.alone { () throws(LMDBError) in
            let environment = try opened(for: "mdb_env_set_mapsize")
            // LMDB takes the old map away first, and has none when it gets no other.
            if bytes > 0 { try checkMapping(bytes) }
            let status = mdb_env_set_mapsize(environment, bytes)
            if status != MDB_SUCCESS { isLost.store(true, ordering: .releasing) }
            try check(status, "mdb_env_set_mapsize", "\(path), \(bytes) bytes")
        }
    }
    /// Tries a map of the file of that size, beside the one there is.
    private func checkMapping(_ bytes: Int) throws(LMDBError) {
        let file = Glibc.open(path + "/data.mdb", O_RDONLY | O_CLOEXEC)
        try check(file >= 0 ? 0 : errno, "open", path)
        defer { Glibc.close(file) }
        guard let place = mmap(nil, bytes, PROT_READ, MAP_SHARED, file, 0), place != MAP_FAILED else {
            throw LMDBError(.init(rawValue: errno), call: "mmap", subject: "\(path), \(bytes) bytes")
        }
        munmap(place, bytes)
    }
}

/// Keeps transactions out while the memory map moves.
///
/// `mdb_env_set_mapsize` is allowed only while this process has no
/// transaction, and LMDB does not check (`lmdb.h`). Every transaction holds
/// the gate shared; growing the map holds it alone. A waiting grower goes
/// first, so a transaction must not be nested in another on the same thread.
final class MapGate: @unchecked Sendable {  // guarded by: it is the lock itself
    private let lock: UnsafeMutablePointer<pthread_rwlock_t>

    init() {
        lock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        // Readers never stop coming in a server; without this a grower starves.
        pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        let status = pthread_rwlock_init(lock, &attributes)
        precondition(status == 0, "pthread_rwlock_init failed: \(status)")
        pthread_rwlockattr_destroy(&attributes)
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    func enter() {
        let status = pthread_rwlock_rdlock(lock)
        precondition(status == 0, "transactions must not be nested on one thread")
    }

    func leave() { pthread_rwlock_unlock(lock) }

    func alone<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let status = pthread_rwlock_wrlock(lock)
        precondition(status == 0, "the map cannot grow inside a transaction")
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }
}
