internal import Glibc

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
