import Dispatch
import Synchronization

/// Applies batches of changes to indexes and groups, in their order, on a second thread.
///
/// Dispatch provides the thread as long as there is a batch to apply, so a released worker leaves no thread behind.
final class FoldWorker: Sendable {
    private let queue = DispatchQueue(label: "bitacora.fold", qos: .userInitiated)
    private let target: Target

    /// A class of its own, so that a batch that is being applied does not refer to the worker.
    private final class Target: Sendable {
        /// Nil after they were taken.
        let dependents: Mutex<RowDependents?>
        /// Whether a batch waits or is being applied.
        let isBusy = Atomic(false)

        init(_ dependents: RowDependents) { self.dependents = Mutex(dependents) }
    }

    init(_ dependents: RowDependents) { target = Target(dependents) }

    /// Whether the batch before is not done yet, so that `apply` would wait for it.
    var isBusy: Bool { target.isBusy.load(ordering: .relaxed) }

    /// Starts to apply a batch, after the batch before is done.
    func apply(_ changes: [RowDependents.Change]) {
        waitForBatch()
        target.isBusy.store(true, ordering: .relaxed)
        queue.async { [target] in
            target.dependents.withLock { dependents in
                for change in changes { dependents?.apply(change) }
            }
            target.isBusy.store(false, ordering: .relaxed)
        }
    }

    private func waitForBatch() { queue.sync {} }

    /// A copy of the indexes and groups after all batches.
    func dependents() -> RowDependents {
        waitForBatch()
        return target.dependents.withLock { Self.present($0) }
    }

    /// The indexes and groups after all batches. The worker must not be used afterwards.
    func takeDependents() -> RowDependents {
        waitForBatch()
        return target.dependents.withLock { Self.present($0.take()) }
    }

    private static func present(_ dependents: RowDependents?) -> RowDependents {
        guard let dependents else { preconditionFailure("the worker of a fold is used after its end") }
        return dependents
    }
}
