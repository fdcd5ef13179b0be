import EventLog

/// The indexes and groups of a collection during a fold of many events, when they are behind the rows.
///
/// Changes of rows are collected in batches, and a second thread applies a batch while the next one is collected. As long as
/// the second thread is busy, the collected batch grows, up to a bound at which the fold waits. A fold with fewer changes
/// than a batch uses no second thread.
///
/// A copy of a fold is independent of the original. A fold that is dropped before its end leaves nothing behind: a batch that
/// is being applied is completed and released.
struct LongFold: Sendable {
    private var batch: [RowDependents.Change] = []
    private var worker: FoldWorker

    /// The least number of changes in a batch, and the number by which the batch grows while the second thread is busy.
    static let batchSize = 4096
    /// The greatest number of changes in a batch. One batch is collected, and at most one is being applied.
    static let maximumBatchSize = 8 * batchSize

    init(_ dependents: RowDependents) {
        var dependents = dependents
        dependents.beginFold()
        worker = FoldWorker(dependents)
    }

    @inline(__always)
    mutating func add(_ transition: RowTransition, at offset: Offset) {
        batch.append(RowDependents.Change(transition: transition, offset: offset))
        guard batch.count % Self.batchSize == 0 else { return }
        if batch.count == Self.maximumBatchSize || !worker.isBusy { applyBatch() }
    }

    private mutating func applyBatch() {
        let full = batch
        batch = []
        batch.reserveCapacity(Self.batchSize)
        // A copy of the fold has the same worker, and must not get the batch.
        if !isKnownUniquelyReferenced(&worker) { worker = FoldWorker(worker.dependents()) }
        worker.apply(full)
    }

    /// Returns the indexes and groups after all changes. The fold must not be used afterwards.
    mutating func end() -> RowDependents {
        var dependents = isKnownUniquelyReferenced(&worker) ? worker.takeDependents() : worker.dependents()
        for change in batch { dependents.apply(change) }
        dependents.endFold()
        return dependents
    }
}
