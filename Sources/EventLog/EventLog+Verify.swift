extension EventLog {
    /// Recomputes the digest chain from the first event to the head, and holds
    /// the indexes and snapshots against it.
    ///
    /// Reads in short transactions, so a writer is not held up; takes memory for the topics and what is damaged.
    /// Begins again when events are trimmed meanwhile; the third time it passes over those, and compares no indexes.
    ///
    /// - Parameters:
    ///   - projections: those whose snapshots are compared with a fresh fold, on a second thread. The digests of all
    ///     snapshots are checked in any case.
    ///   - progress: gets the last offset dealt with, every few thousand events.
    public func verify(
        projections: [any Projection] = [], progress: (Offset) -> Void = { _ in }
    ) throws(ReadError) -> Verification {
        for attempt in 1... {
            let head = head
            let audit = SnapshotAudit(projections, store, through: head)
            var verifier = try Verifier(store, head: head, isTolerant: attempt == Self.verifyingAttempts)
            let isWhole = try verifier.run(progress: progress)
            let faults = try audit.faults()
            guard isWhole else { continue }
            for fault in faults { verifier.result.add(.snapshots, fault.message) }
            return verifier.result
        }
        preconditionFailure("the last attempt passes over what is trimmed")
    }

    /// How often a verification begins, at the most.
    private static let verifyingAttempts = 3
}
