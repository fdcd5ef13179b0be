internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
    /// How a write transaction ends, with the result of the closure.
    public enum Ending<Result> {
        /// Makes the changes durable and visible, then returns the result.
        case commit(Result)
        /// Discards the changes and returns the result; this is not an error.
        case abort(Result)
    }

    /// Runs `body` in a read transaction: all its reads see one commit.
    ///
    /// Keep the transaction short. Pages that are freed after it began are not reused until it ends, so a transaction
    /// that stays open makes the file grow (`lmdb.h`, "Caveats").
    ///
    /// - Parameter body: gets the transaction, which ends when `body` returns or throws.
    /// - Returns: the result of `body`.
    /// - Throws: the error of `body`; `.closed` after ``close()``; `.readersFull` when all slots belong to running
    ///   processes; `.corrupted` when a meta page is damaged.
    public func read<Result>(
        _ body: (borrowing ReadTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        mapLock.lockShared()
        defer { mapLock.unlock() }
        let transaction = ReadTransaction(handle: try begin(UInt32(MDB_RDONLY)))
        return try body(transaction)
    }

    /// Runs `body` in a write transaction, then commits or aborts it.
    ///
    /// Waits until the writers of this and other processes have finished. When the memory map is full, it is doubled and
    /// `body` runs again from the start, so `body` must have the same effect each time it runs.
    ///
    /// - Parameter body: gets the transaction and says how it ends.
    /// - Returns: the result in the ``Ending`` that `body` returned.
    /// - Throws: the error of `body`, after which nothing is written; `.mapFull` at ``Options/maximumMapSize``; or the
    ///   error of the commit, after which none of the changes is visible. After `.panic` call ``reopen()``.
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
        mapLock.lockShared()
        defer { mapLock.unlock() }
        var transaction = WriteTransaction(handle: try begin(0))
        switch try body(&transaction) {
        case .commit(let result):
            try transaction.commit(path)
            return result
        case .abort(let result):
            return result
        }
    }

    /// Begins a transaction; the caller holds `mapLock` shared.
    ///
    /// When another process has enlarged the map, this releases the lock, adopts the new size and tries again. When the
    /// table of readers is full, it frees the slots of dead readers and tries once more.
    func begin(_ flags: UInt32) throws(LMDBError) -> OpaquePointer {
        var hasCleared = false
        var staleReads = 0
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
                mapLock.unlock()
                let adopted = Result { () throws(LMDBError) in try setMapSize(0) }
                mapLock.lockShared()
                try adopted.get()
                continue
            }
            try check(status, "mdb_txn_begin", path)
            guard let transaction else { preconditionFailure("mdb_txn_begin returned no transaction") }
            if flags & UInt32(MDB_RDONLY) != 0, isUnpublished(transaction) {
                mdb_txn_abort(transaction)
                staleReads += 1
                if staleReads == Self.maximumStaleReads { throw try staleReadError() }
                continue
            }
            return transaction
        }
    }

    /// How often a read begins again because it saw an unpublished commit. A writer rarely causes this twice in a row;
    /// more often, a meta page is damaged.
    private static let maximumStaleReads = 1000

    /// The error for a read that began `maximumStaleReads` times in vain.
    private func staleReadError() throws(LMDBError) -> LMDBError {
        let file = path + "/data.mdb"
        if let problem = try MetaPage.undetectedProblem(file) {
            return LMDBError(.corrupted, call: "mdb_txn_begin", subject: "\(file), \(problem)")
        }
        return LMDBError(.init(rawValue: EAGAIN), call: "mdb_txn_begin", subject: path)
    }

    /// Whether a read that just began may see a commit that LMDB has not published yet.
    ///
    /// LMDB 0.9 writes its two meta pages in turn. A reader that is delayed between reading the number of the newest
    /// transaction and copying its meta page finds the page of a later commit there, and its next read could see an older
    /// commit:
    ///
    /// ```
    /// reader   reads number 7 ─────────────────────────────── copies page 1: the page of 9!
    /// writer            commits 8 to page 0 ── writes 9 to page 1 ── (syncs) ── publishes 9
    /// ```
    private func isUnpublished(_ transaction: OpaquePointer) -> Bool {
        var info = MDB_envinfo()
        return mdb_env_info(mdb_txn_env(transaction), &info) == MDB_SUCCESS
            && UInt(bitPattern: info.me_last_txnid) > UInt(bitPattern: Int(mdb_txn_id(transaction))) &+ 1
    }

    private func grow(after full: LMDBError) throws(LMDBError) {
        let size = try information().mapSize
        guard size < options.maximumMapSize else { throw full }
        try setMapSize(min(size * 2, options.maximumMapSize))
    }

    /// Changes the size of the memory map.
    ///
    /// - Parameter bytes: the new size; 0 adopts the size that another process has set.
    func setMapSize(_ bytes: Int) throws(LMDBError) {
        try mapLock.withExclusive { () throws(LMDBError) in
            let environment = try opened(for: "mdb_env_set_mapsize")
            // LMDB removes the old map first, and has no map at all when the system refuses the new one.
            if bytes > 0 { try checkMapping(bytes) }
            let status = mdb_env_set_mapsize(environment, bytes)
            if status != MDB_SUCCESS { isUnusable.store(true, ordering: .releasing) }
            try check(status, "mdb_env_set_mapsize", "\(path), \(bytes) bytes")
        }
    }

    /// Maps the file with the new size once, beside the current map, and throws the error of the system.
    private func checkMapping(_ bytes: Int) throws(LMDBError) {
        let file = Glibc.open(path + "/data.mdb", O_RDONLY | O_CLOEXEC)
        try check(file >= 0 ? 0 : errno, "open", path)
        defer { Glibc.close(file) }
        guard let address = mmap(nil, bytes, PROT_READ, MAP_SHARED, file, 0), address != MAP_FAILED else {
            throw LMDBError(.init(rawValue: errno), call: "mmap", subject: "\(path), \(bytes) bytes")
        }
        munmap(address, bytes)
    }
}

/// The lock that keeps transactions from running while the memory map moves.
///
/// `mdb_env_set_mapsize` is allowed only while this process has no transaction, and LMDB does not check this (`lmdb.h`,
/// `mdb_env_set_mapsize`). Every transaction holds the lock shared; a change of the map holds it exclusively. A waiting
/// exclusive lock goes first, so a transaction must not be nested in another on the same thread.
final class MapLock: @unchecked Sendable {  // `@unchecked`: the class is itself a lock
    private let lock: UnsafeMutablePointer<pthread_rwlock_t>

    init() {
        lock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        // A server always has a reader; by default the exclusive lock would wait forever.
        pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        let status = pthread_rwlock_init(lock, &attributes)
        precondition(status == 0, "pthread_rwlock_init failed: \(status)")
        pthread_rwlockattr_destroy(&attributes)
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    func lockShared() {
        let status = pthread_rwlock_rdlock(lock)
        precondition(status == 0, "transactions must not be nested on one thread")
    }

    func unlock() { pthread_rwlock_unlock(lock) }

    func withExclusive<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let status = pthread_rwlock_wrlock(lock)
        precondition(status == 0, "the map cannot grow inside a transaction")
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }
}
