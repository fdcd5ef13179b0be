internal import LMDB
internal import Synchronization

extension EventLog {
    /// The result of a repair.
    public struct Repair: Sendable {
        /// The number of events in the indexes now.
        public let indexed: Int
        /// The number of damaged events, whose content is lost.
        public let unreadable: Int
        /// The snapshots that were removed, because they were damaged or did not match the events.
        public let removed: [Snapshot.Info]
        /// Whether the definition of the application was removed, because it was damaged.
        public let isDefinitionRemoved: Bool
    }

    /// Rebuilds the indexes from the events, and removes snapshots that are damaged or do not match the events, and a
    /// damaged definition of the application.
    ///
    /// Changes no event. Appends wait until the repair ends. When the process is killed in between, the next opening for
    /// writing rebuilds the indexes.
    ///
    /// - Parameters:
    ///   - projections: the projections whose snapshots are compared with a new fold; of other projections, only damaged
    ///     snapshots are removed.
    ///   - progress: gets the last offset processed.
    /// - Throws: ``MaintenanceError``.
    public func repair(
        projections: [any Projection] = [], progress: @escaping @Sendable (Offset) -> Void = { _ in }
    ) async throws(MaintenanceError) -> Repair {
        // Beside a writer in another process, the new indexes would lack the events that it appends.
        guard access == .write else {
            throw .write(AppendError(.closed, "the log must be open for writing to be repaired"))
        }
        let first = first
        let wrong = try wrongSnapshots(of: projections)
        do throws(AppendError) {
            let (indexed, unreadable, isDefinitionRemoved) = try await maintain { store throws(LMDBError) in
                try store.remove(wrong, ifFirstIs: first)
                let isRemoved = try store.removeDamagedDefinition()
                var reindexer = Reindexer(store)
                try reindexer.run(progress: progress)
                let count = try store.environment.read { transaction throws(LMDBError) in
                    try transaction.statistics(store.topics).entries
                }
                return (count, reindexer.unreadable, isRemoved)
            }
            return Repair(
                indexed: indexed, unreadable: unreadable, removed: wrong, isDefinitionRemoved: isDefinitionRemoved)
        } catch {
            throw .write(error)
        }
    }

    private func wrongSnapshots(of projections: [any Projection]) throws(MaintenanceError) -> [Snapshot.Info] {
        do throws(ReadError) {
            return try SnapshotAudit(projections, store, through: head).faults().map(\.snapshot)
        } catch {
            throw .read(error)
        }
    }
}

extension Store {
    /// Removes snapshots that did not match a fold, unless events were trimmed since the fold began: the fold then does
    /// not show whether a snapshot is correct.
    ///
    /// - Parameter first: the first offset when the fold began.
    fileprivate func remove(_ snapshots: [Snapshot.Info], ifFirstIs first: Offset) throws(LMDBError) {
        try write { transaction throws(LMDBError) in
            guard try self.first(in: transaction) == first else { return .abort(()) }
            for info in snapshots { try info.remove(from: &transaction, self) }
            return .commit(())
        }
    }

    /// Removes the definition of the application if the definition is damaged.
    ///
    /// - Returns: whether the definition was damaged.
    fileprivate func removeDamagedDefinition() throws(LMDBError) -> Bool {
        try write { transaction throws(LMDBError) in
            guard case .damaged = try DefinitionBytes.read(in: transaction, metaDatabase) else { return .abort(false) }
            try DefinitionBytes.write([], to: &transaction, metaDatabase)
            return .commit(true)
        }
    }
}
