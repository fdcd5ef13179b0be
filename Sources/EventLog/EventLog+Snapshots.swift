internal import LMDB

extension EventLog {
    /// Removes the stored snapshots of projections that are no longer used, such as those of a changed definition.
    ///
    /// Otherwise they take room in the file, and ``trim(before:projections:keepsPast:progress:)`` refuses to remove events
    /// that they do not cover. A removed projection that is used again is folded from the events that are kept.
    ///
    /// - Parameter isUnused: gets the name of each projection that has snapshots.
    /// - Returns: the names of the projections whose snapshots were removed, in order.
    /// - Throws: ``AppendError``; then no snapshot was removed.
    @discardableResult
    public func removeSnapshots(
        where isUnused: @escaping @Sendable (_ projection: String) -> Bool
    ) async throws(AppendError) -> [String] {
        try await maintain { store throws(LMDBError) in
            let unused = try Snapshot.stored(in: store).filter { isUnused($0.name) }
            guard !unused.isEmpty else { return [] }
            try store.write { transaction throws(LMDBError) in
                for info in unused { try info.remove(from: &transaction, store) }
                return .commit(())
            }
            return Set(unused.map(\.name)).sorted()
        }
    }
}
