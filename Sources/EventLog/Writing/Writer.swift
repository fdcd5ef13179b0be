internal import Dispatch
internal import Glibc
internal import LMDB
internal import Synchronization

/// The thread that writes a log: group commit.
///
/// The thread takes everything that waits, puts it into one transaction, syncs once, publishes, and answers each
/// producer. LMDB's writer lock belongs to a thread, so nothing here may suspend.
///
/// ```
/// producers ──► queue ──► batch ──► commit, sync ──► projections ──► head ──► observers ──► answers
///                           └────── failed: projections roll back, every producer gets the error
/// ```
// `@unchecked`: `stages`, `logEnd` and `mustRecover` belong to the thread; the other properties guard themselves.
final class Writer: @unchecked Sendable {
    /// The number of commits after which the slots of killed readers are cleared: LMDB does not reuse the pages that they
    /// seem to read.
    private static let commitsBetweenClearings = 1024

    let queue = WriteQueue()
    let head: HeadSignal

    private let store: Store
    private let durability: Durability
    private let lock: WriterLock
    private let clock: LogClock
    private var stages: [any ProjectionStage] = []
    private var logEnd: Store.LogEnd
    private let health: WriterHealth
    /// Whether LMDB has stopped and the file has not been made safe since; see `recover`.
    private var mustRecover = false
    private let thread = Mutex<pthread_t?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(
        store: Store, logEnd: Store.LogEnd, durability: Durability, head: HeadSignal, lock: WriterLock,
        health: WriterHealth,
        clock: LogClock
    ) {
        self.store = store
        self.logEnd = logEnd
        self.durability = durability
        self.head = head
        self.lock = lock
        self.health = health
        self.clock = clock
        Thread.start { [self] in run() }
    }

    /// Whether the log takes events.
    var condition: WriterCondition { health.condition }

    /// Whether a probe is due; a caller that gets true makes the probe.
    func claimProbe() -> Bool { health.claimProbe() }

    /// Why writing has stopped until the log is opened again; nil while writing is tried.
    private var finalFailure: AppendError? {
        guard case .stopped(let error) = condition else { return nil }
        return error
    }

    /// Writes what waits, syncs, closes the log and ends the thread.
    ///
    /// Returns after the end of the thread, except on the writer thread itself, where it returns at once.
    func close() {
        queue.close()
        if let thread = thread.withLock({ $0 }), pthread_equal(thread, pthread_self()) != 0 { return }
        ended.wait()
        ended.signal()  // a second `close` finds it ended
    }

    private func run() {
        thread.withLock { $0 = pthread_self() }
        var unsyncedSince: DispatchTime?
        var commits = 0
        while let group = queue.take(until: deadline(unsyncedSince)) {
            if commit(group) {
                if durability != .sync, unsyncedSince == nil { unsyncedSince = .now() }
                commits += 1
                // When clearing fails, room in the file stays in use until the next attempt.
                if commits % Self.commitsBetweenClearings == 0 { _ = try? store.environment.clearStaleReaders() }
            }
            if unsyncedSince != nil, DispatchTime.now() >= deadline(unsyncedSince) {
                sync()
                unsyncedSince = nil
            }
        }
        if durability != .sync { sync() }
        if finalFailure == nil, recover() == nil { lock.setMark(.nothing) }
        head.close()
        store.environment.close()
        // Last, so that two writers never have the log open at once.
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
            // The system may count pages of many commits as written that never reached the disk, so the next opening must
            // check the log.
            lock.setMark(.failedSync)
            stop(after: error)
        }
    }

    /// Writes a group, in several transactions when it is large; true when something was committed.
    private func commit(_ group: [WriteJob]) -> Bool {
        var rest = updateStages(group)[...]
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
        if let obstacle = finalFailure ?? fileObstacle() ?? recover() {
            noteFailure(obstacle, of: jobs)
            for job in jobs { job.finish(.failure(obstacle)) }
            return (jobs.count, false)
        }
        if let job = jobs.first, let succeeded = runAlone(job) { return (1, succeeded) }
        var attempted = 0
        do throws(LMDBError) {
            let written = try store.write { transaction throws(LMDBError) in
                try write(jobs, attempted: &attempted, to: &transaction)
            }
            if written.isCommit {
                health.noteSuccess(of: .append(bytes: largestAppend(of: jobs.prefix(written.results.count))))
            }
            publish(written.logEnd)
            for (job, result) in zip(jobs, written.results) { job.finish(result) }
            return (written.results.count, true)
        } catch {
            for stage in stages { stage.rollback() }
            // No job was attempted when the transaction could not begin: then all of them failed.
            let failed = attempted == 0 ? jobs : jobs.prefix(attempted)
            let reason = fail(failed, error)
            for job in failed { job.finish(.failure(reason)) }
            return (failed.count, false)
        }
    }

    /// Runs a job that has transactions of its own.
    ///
    /// - Returns: whether the job succeeded; nil for a job that shares a transaction with others, which is not run.
    private func runAlone(_ job: WriteJob) -> Bool? {
        switch job.work {
        case .maintenance(let body): runAlone(job, body)
        case .probe: runAlone(job) { () throws(LMDBError) in try store.probe(bytes: health.probeSize) }
        case .append, .snapshot, .attach, .detach: nil
        }
    }

    /// Runs a job that has transactions of its own; true when the job succeeded.
    private func runAlone(_ job: WriteJob, _ body: () throws(LMDBError) -> Void) -> Bool {
        do throws(LMDBError) {
            try body()
            if case .probe = job.work { health.noteSuccess(of: .probe) }
            job.finish(.success(Receipt(offsets: [], duplicates: 0, head: logEnd.head)))
            return true
        } catch {
            job.finish(.failure(fail([job], error)))
            return false
        }
    }

    /// Drops the detached projections, and takes the new ones out of a group: they begin at the head before the group, and
    /// fold its events.
    private func updateStages(_ group: [WriteJob]) -> [WriteJob] {
        stages.removeAll { $0.isDetached }
        return group.filter { job in
            switch job.work {
            case .attach(let stage): if stage.load(from: store, through: logEnd.head) { stages.append(stage) }
            case .detach: break
            case .append, .snapshot, .probe, .maintenance: return true
            }
            job.finish(.success(Receipt(offsets: [], duplicates: 0, head: logEnd.head)))
            return false
        }
    }

    private typealias Written = (results: [Result<Receipt, AppendError>], logEnd: Store.LogEnd, isCommit: Bool)

    private func write(
        _ jobs: ArraySlice<WriteJob>, attempted: inout Int, to transaction: inout WriteTransaction
    ) throws(LMDBError) -> Environment.Ending<Written> {
        // LMDB calls this closure again after the map has grown, so it begins from the start.
        attempted = 0
        for stage in stages { stage.rollback() }
        var batch = CommitBatch(store: store, stages: stages, logEnd: logEnd, now: clock.read())
        var results: [Result<Receipt, AppendError>] = []
        var wroteSnapshot = false
        for job in jobs {
            // Counts the events that commands decided, too: a transaction is bounded.
            if wroteSnapshot || batch.bytes >= EventLimits.batchBytes { break }
            // A snapshot has a transaction of its own, so that nothing else fails when there is no room for it.
            if case .snapshot = job.work, attempted > 0 { break }
            if job.work.hasOwnTransactions { break }
            attempted += 1
            switch job.work {
            case .append(let id, let decide):
                results.append(try batch.append(id: id, decide, to: &transaction))
            case .attach, .detach, .maintenance, .probe: preconditionFailure("these jobs run outside of a group")
            case .snapshot(let snapshot):
                try snapshot.write(to: &transaction, store)
                wroteSnapshot = true
                results.append(.success(Receipt(offsets: [], duplicates: 0, head: batch.logEnd.head)))
            }
        }
        try batch.finish(&transaction)
        // A group of refusals costs no sync.
        let isCommit = batch.logEnd.head > logEnd.head || wroteSnapshot
        let written = (results, batch.logEnd, isCommit)
        return isCommit ? .commit(written) : .abort(written)
    }

    private func publish(_ logEnd: Store.LogEnd) {
        self.logEnd = logEnd
        clock.advance(to: logEnd.time)
        for stage in stages { stage.publish(logEnd.head) }
        head.advance(to: logEnd.head)
    }

    /// Notes why a write failed, and returns the error for its producers. No reader sees any of the write.
    ///
    /// With a sync before each acknowledgement, writing continues, also after a failed sync. The system then counts pages
    /// as written that never reached the disk ("Can Applications Recover from fsync Failures?", ATC 2020), but these are
    /// pages of this commit: nothing points to them, and the next commit writes every page that it uses. Earlier
    /// acknowledged appends had syncs of their own. With a weaker durability such pages may belong to earlier commits:
    /// writing stops, and the next opening checks the file.
    private func fail(_ jobs: ArraySlice<WriteJob>, _ error: LMDBError) -> AppendError {
        let reason = AppendError(error, maximumSize: store.environment.options.maximumMapSize)
        if isEnvironmentStopped {
            mustRecover = true
            // If this process ends before it has recovered, the next one must not trust the pages in the system's memory.
            lock.setMark(durability == .sync ? .failedMeta : .failedSync)
            if let obstacle = recover() {
                guard finalFailure == nil else { return obstacle }
                noteFailure(reason, of: jobs)
                // Until `recover` succeeds, the disk may have the meta page of the refused commit.
                return AppendError(
                    reason.code,
                    "the log could not be written (\(error.call): \(error.reason)); if this process ends before the disk works again, the append may still be in the log; check the disk and try again with the same id"
                )
            }
        } else if reason.code != .full, durability != .sync, error.call == "mdb_txn_commit", let lost = unsynced() {
            lock.setMark(.failedSync)
            return stop(after: lost)
        }
        noteFailure(reason, of: jobs)
        return reason
    }

    /// Notes that `jobs` failed, which may succeed when they are tried again.
    private func noteFailure(_ reason: AppendError, of jobs: ArraySlice<WriteJob>) {
        // When there is no room for a snapshot or a trim, there may still be room for a smaller append.
        let appends = jobs.count(where: \.work.isAppend)
        guard appends > 0 || jobs.contains(where: \.work.isProbe) || reason.code != .full else { return }
        let largest = largestAppend(of: jobs)
        // An append that is larger than the log may become says nothing about the room for others.
        guard reason.code != .full || largest <= store.environment.options.maximumMapSize else { return }
        health.noteFailure(reason, appends: appends, bytes: largest)
    }

    /// The size of the largest append among `jobs`, in bytes; 0 when there is none.
    private func largestAppend(of jobs: ArraySlice<WriteJob>) -> Int {
        jobs.lazy.filter(\.work.isAppend).map(\.bytes).max() ?? 0
    }

    /// Syncs the earlier commits; returns why that failed, or nil when all of them are on the disk.
    private func unsynced() -> LMDBError? {
        do throws(LMDBError) {
            try store.environment.sync()
            return nil
        } catch {
            return error
        }
    }

    /// Whether LMDB refuses all work with the file: after a failed write of a meta page, or when it has lost its map.
    private var isEnvironmentStopped: Bool {
        do throws(LMDBError) {
            _ = try store.head()
            return false
        } catch {
            return error.code == .panic || error.code == .closed
        }
    }

    /// Whether the open files are the ones in the directory of the log.
    enum FileCheck: Equatable {
        case inPlace
        /// `writer.lock` was removed or replaced, and cannot be created again now.
        case lockFileMissing
        /// The data file or LMDB's lock file was removed or replaced.
        case replaced
        /// The files cannot be looked up.
        case failed(LMDBError)
    }

    /// Compares the open files with the ones in the directory, and creates `writer.lock` again if it was removed.
    ///
    /// May be called on any thread; costs four system calls.
    func checkFiles() -> FileCheck {
        do throws(LMDBError) {
            try store.environment.checkFiles()
            return lock.restoreFile() ? .inPlace : .lockFileMissing
        } catch  where error.code == .displaced {
            return .replaced
        } catch {
            return .failed(error)
        }
    }

    /// Why the open files must not be written now; nil when they can be written.
    private func fileObstacle() -> AppendError? {
        switch checkFiles() {
        case .inPlace: nil
        case .lockFileMissing:
            AppendError(
                .failed,
                "the file writer.lock of the log was removed or replaced and cannot be created again now; remove what is in its place, make the directory writable, and try again"
            )
        case .replaced:
            stop(
                "the log stopped writing, because its file was removed or replaced while it was open; its events can be read until this process ends; export them, restore the directory and restart"
            )
        case .failed(let error): AppendError(error, maximumSize: store.environment.options.maximumMapSize)
        }
    }

    /// Makes the file safe to write again after LMDB has stopped; does nothing when LMDB has not.
    ///
    /// Called at once after the failure, and again before each further write until it succeeds. The file is opened again
    /// and must end with the last acknowledged append, and the meta pages on the disk must agree
    /// (`Environment.rewriteMetaPages`). When the file ends with the append that failed, that append was refused and is
    /// in the log all the same: writing stops, and the next process that opens the log finds out what the disk has. With
    /// a weaker durability any failure here stops writing, because pages of earlier commits may be lost.
    ///
    /// - Returns: why the log cannot be written now; nil when it can.
    private func recover() -> AppendError? {
        guard mustRecover else { return nil }
        do throws(LMDBError) {
            if isEnvironmentStopped { try store.environment.reopen() }
            let found = try storedEnd()
            guard found?.head == logEnd.head, found?.digest == logEnd.digest else {
                return stop(
                    "the log stopped writing, because a refused append could not be undone; restart to find out whether the append is in the log"
                )
            }
            try store.environment.rewriteMetaPages()
        } catch {
            return durability == .sync
                ? AppendError(error, maximumSize: store.environment.options.maximumMapSize) : stop(after: error)
        }
        mustRecover = false
        lock.setMark(.whileWriting(with: durability))
        return nil
    }

    /// The end of the log in the file; nil when the last record cannot be read.
    private func storedEnd() throws(LMDBError) -> Store.LogEnd? {
        do throws(ReadError) {
            return try store.logEnd()
        } catch .storage(let error) {
            throw error
        } catch {
            return nil
        }
    }

    /// Notes that this process stops writing, because of an error.
    @discardableResult
    private func stop(after error: LMDBError) -> AppendError {
        stop("the log stopped writing after \(error.call): \(error.reason); correct the cause and restart")
    }

    private func stop(_ message: String) -> AppendError {
        let reason = AppendError(.failed, message)
        health.noteStop(reason)
        return reason
    }
}
