internal import LMDB
internal import Synchronization

extension EventLog {
    /// What `repair` did.
    public struct Repair: Sendable {
        /// How many events are in the indexes now.
        public let indexed: Int
        /// How many could not be read: what they said is lost.
        public let unreadable: Int
        /// The snapshots that were removed: they were damaged, or not what the events come to.
        public let removed: [Snapshot.Info]
    }

    /// Makes the indexes anew from the events, and removes snapshots that are not right.
    ///
    /// Changes no event. Appends wait until it is done; about a second for 500,000 events. Ended in the middle, it
    /// happens again at the next opening for writing.
    ///
    /// - Parameters:
    ///   - projections: those whose snapshots are compared with a fresh fold; of others only damaged ones are removed.
    ///   - progress: gets the last offset dealt with.
    public func repair(
        projections: [any Projection] = [], progress: @escaping @Sendable (Offset) -> Void = { _ in }
    ) async throws(MaintenanceError) -> Repair {
        // Beside a writer in another process the indexes would be made from what is no longer all.
        guard access == .write else {
            throw .write(AppendError(.closed, "the log must be open for writing to be repaired"))
        }
        let store = store
        let first = first
        let wrong: [Snapshot.Info]
        do throws(ReadError) {
            wrong = try SnapshotAudit(projections, store, through: head).faults().map(\.snapshot)
        } catch {
            throw .read(error)
        }
        do throws(AppendError) {
            let (indexed, unreadable) = try await maintain { store throws(LMDBError) in
                try store.write { transaction throws(LMDBError) in
                    // What was folded while events went says nothing of a snapshot.
                    guard try store.first(in: transaction) == first else { return .abort(()) }
                    for info in wrong { try info.remove(from: &transaction, store) }
                    return .commit(())
                }
                var reindexer = Reindexer(store)
                try reindexer.run(progress: progress)
                let count = try store.environment.read { transaction throws(LMDBError) in
                    try transaction.statistics(store.topics).entries
                }
                return (count, reindexer.unreadable)
            }
            return Repair(indexed: indexed, unreadable: unreadable, removed: wrong)
        } catch {
            throw .write(error)
        }
    }
}
