internal import Dispatch
internal import Glibc
internal import LMDB
internal import Synchronization

/// The one thread that writes.
///
/// It takes everything that waits, puts it into one transaction, syncs once,
/// publishes, and answers each producer: group commit. LMDB's writer lock
/// belongs to a thread, so nothing here may suspend.
///
/// ```
/// producers ──► queue ──► draft ──► commit, sync ──► projections ──► head ──► observers ──► answers
///                           └────── failed: projections roll back, every producer gets the error
/// ```
final class Writer: @unchecked Sendable {  // `stages` and `edge` belong to the thread; the rest guards itself
    let queue = WriteQueue()
    let head: HeadSignal

    private let store: Store
    private let durability: Durability
    private let lock: WriterLock
    private let clock: @Sendable () -> Timestamp
    private var stages: [any ProjectionStage] = []
    private var edge: Store.Edge
    private let failed = Mutex<AppendError?>(nil)
    private let thread = Mutex<pthread_t?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(
        store: Store, edge: Store.Edge, durability: Durability, head: HeadSignal, lock: WriterLock,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.edge = edge
        self.durability = durability
        self.head = head
        self.lock = lock
        self.clock = clock
        Thread.start { [self] in run() }
    }

    /// Why nothing more is written, if so.
    var failure: AppendError? { failed.withLock { $0 } }

    /// Writes what waits, syncs, closes the log and ends the thread.
    ///
    /// Returns when that is done, unless called on the writer thread itself.
    func close() {
        queue.close()
        if let thread = thread.withLock({ $0 }), pthread_equal(thread, pthread_self()) != 0 { return }
        ended.wait()
        ended.signal()  // a second `close` finds it ended
    }

    private func run() {
        thread.withLock { $0 = pthread_self() }
        var unsyncedSince: DispatchTime?
        while let group = queue.take(until: deadline(unsyncedSince)) {
            if commit(group), durability != .sync, unsyncedSince == nil { unsyncedSince = .now() }
            if unsyncedSince != nil, DispatchTime.now() >= deadline(unsyncedSince) {
                sync()
                unsyncedSince = nil
            }
        }
        if durability != .sync { sync() }
        if failure == nil { lock.mark(.nothing) }
        head.close()
        store.environment.close()
        // Last, so that the next writer never meets this one.
        lock.release()
        ended.signal()
    }

    private func deadline(_ unsyncedSince: DispatchTime?) -> DispatchTime {
        guard let unsyncedSince, case .interval(let milliseconds) = durability else { return .distantFuture }
        return unsyncedSince + .milliseconds(milliseconds)
    }

    private func sync() {
        do throws(LMDBError) {
            try store.environment.sync()
        } catch {
            fail(error)
        }
    }

    /// Writes a group, in more than one transaction when it turns out large; true when something was committed.
    private func commit(_ group: [WriteJob]) -> Bool {
        var rest = attach(group)[...]
        var committed = false
        while !rest.isEmpty {
            let (count, wrote) = commitFirst(of: rest)
            rest = rest.dropFirst(count)
            committed = committed || wrote
        }
        return committed
    }

    /// Writes as much of `jobs` as fits into one transaction, and answers those.
    private func commitFirst(of jobs: ArraySlice<WriteJob>) -> (count: Int, wrote: Bool) {
        if let failure {
            for job in jobs { job.finish(.failure(failure)) }
            return (jobs.count, false)
        }
        if let job = jobs.first, case .maintenance(let body) = job.work { return (1, maintain(job, body)) }
        var attempted = 0
        do throws(LMDBError) {
            let written = try store.environment.write { transaction throws(LMDBError) in
                try write(jobs, attempted: &attempted, to: &transaction)
            }
            publish(written.edge)
            for (job, result) in zip(jobs, written.results) { job.finish(result) }
            return (written.results.count, true)
        } catch {
            for stage in stages { stage.rollback() }
            let reason = explain(error)
            // None was attempted when the transaction could not even begin: then all of them failed.
            let failed = attempted == 0 ? jobs : jobs.prefix(attempted)
            for job in failed { job.finish(.failure(reason)) }
            return (failed.count, false)
        }
    }

    /// Runs what is not an append; true when it went well.
    private func maintain(_ job: WriteJob, _ body: () throws(LMDBError) -> Void) -> Bool {
        do throws(LMDBError) {
            try body()
            job.finish(.success(Receipt(offsets: [], duplicates: 0, head: edge.head)))
            return true
        } catch {
            job.finish(.failure(explain(error)))
            return false
        }
    }

    /// Takes the new projections out of a group: they begin at the head before it, and step with it.
    private func attach(_ group: [WriteJob]) -> [WriteJob] {
        group.filter { job in
            guard case .attach(let stage) = job.work else { return true }
            if stage.load(from: store, through: edge.head) { stages.append(stage) }
            job.finish(.success(Receipt(offsets: [], duplicates: 0, head: edge.head)))
            return false
        }
    }

    private typealias Written = (results: [Result<Receipt, AppendError>], edge: Store.Edge)

    private func write(
        _ jobs: ArraySlice<WriteJob>, attempted: inout Int, to transaction: inout WriteTransaction
    ) throws(LMDBError) -> Environment.Ending<Written> {
        // This runs again from the start after the map has grown.
        attempted = 0
        for stage in stages { stage.rollback() }
        var draft = GroupDraft(store: store, stages: stages, edge: edge, now: clock())
        var results: [Result<Receipt, AppendError>] = []
        var wroteSnapshot = false
        for job in jobs {
            // What a projection decided counts too: a transaction is bounded.
            if wroteSnapshot || draft.bytes >= EventLimits.batchBytes { break }
            // A snapshot has a transaction to itself, so that it is all that fails when it does not fit.
            if case .snapshot = job.work, attempted > 0 { break }
            if case .maintenance = job.work { break }
            attempted += 1
            switch job.work {
            case .append(let id, let decide):
                results.append(try draft.append(id: id, decide, to: &transaction))
            case .attach, .maintenance: preconditionFailure("these are done outside of a group")
            case .snapshot(let snapshot):
                try snapshot.write(to: &transaction, store)
                wroteSnapshot = true
                results.append(.success(Receipt(offsets: [], duplicates: 0, head: draft.edge.head)))
            }
        }
        try draft.finish(&transaction)
        let written = (results, draft.edge)
        // A group of refusals costs no sync.
        return draft.edge.head == edge.head && !wroteSnapshot ? .abort(written) : .commit(written)
    }

    private func publish(_ edge: Store.Edge) {
        self.edge = edge
        for stage in stages { stage.publish(edge.head) }
        head.advance(to: edge.head)
    }

    /// Whether the log goes on after `error`: a full disk or map leaves the
    /// file as it was. After any other failure pages may be marked clean that
    /// never reached the disk, so nothing more is written until a reopen.
    private func explain(_ error: LMDBError) -> AppendError {
        switch error.code.rawValue {
        case LMDBError.Code.mapFull.rawValue:
            return AppendError(.full, "the log has reached its largest size (\(store.environment.options.maximumMapSize) bytes); raise it or make room")
        case ENOSPC, EDQUOT, EFBIG:
            return AppendError(.full, "there is no room on the disk for the log in \(store.environment.path); make room and try again")
        default:
            return fail(error)
        }
    }

    @discardableResult
    private func fail(_ error: LMDBError) -> AppendError {
        let failure = AppendError(.failed, "the log stopped writing after \(error); mend the cause and restart")
        failed.withLock { $0 = failure }
        return failure
    }
}
