internal import Dispatch
internal import LMDB
internal import Synchronization

/// The jobs that wait for the writer thread, in order, bounded in count and bytes.
final class WriteQueue: Sendable {
    /// The largest number of jobs that wait; a further one is refused as `busy`.
    static let maximumJobs = 65_536
    /// The largest size of the jobs that wait, in bytes; a single job may be larger.
    static let maximumBytes = 64 << 20

    private struct State {
        var jobs: [WriteJob] = []
        var bytes = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// - Throws: `.busy` when the queue is full, `.closed` after `close`.
    func enqueue(_ job: WriteJob) throws(AppendError) {
        let outcome: Result<Bool, AppendError> = state.withLock { state in
            if state.isClosed { return .failure(AppendError(.closed, "the log is closed")) }
            if state.jobs.count >= Self.maximumJobs || (state.bytes > 0 && state.bytes + job.bytes > Self.maximumBytes)
            {
                return .failure(
                    AppendError(
                        .busy,
                        "\(state.jobs.count) appends of \(state.bytes) bytes wait to be written; the limit is \(Self.maximumJobs) appends and \(Self.maximumBytes) bytes; try again shortly"
                    ))
            }
            state.jobs.append(job)
            state.bytes += job.bytes
            return .success(state.jobs.count == 1)
        }
        // Only the first job wakes the writer, which takes all that wait.
        if try outcome.get() { wake.signal() }
    }

    /// Closes the queue: jobs that wait are still taken, and no job is added.
    func close() {
        state.withLock { $0.isClosed = true }
        wake.signal()
    }

    /// Takes the jobs that wait, as one group.
    ///
    /// The size of a group is bounded by `EventLimits.batchBytes`, except for its first job, so that the size of a
    /// transaction is bounded.
    ///
    /// - Returns: empty after `timeout`; nil when the queue is closed and empty.
    func take(until timeout: DispatchTime) -> [WriteJob]? {
        if let group = takeWaiting() { return group.isEmpty ? nil : group }
        _ = wake.wait(timeout: timeout)
        guard let group = takeWaiting() else { return [] }
        return group.isEmpty ? nil : group
    }

    /// Nil when no job waits; empty when the queue is also closed.
    private func takeWaiting() -> [WriteJob]? {
        state.withLock { state in
            guard let first = state.jobs.first else { return state.isClosed ? [] : nil }
            var count = 1
            var bytes = first.bytes
            while count < state.jobs.count, bytes + state.jobs[count].bytes <= EventLimits.batchBytes {
                bytes += state.jobs[count].bytes
                count += 1
            }
            state.bytes -= bytes
            var group: [WriteJob] = []
            if count == state.jobs.count {
                swap(&group, &state.jobs)
            } else {
                group = Array(state.jobs.prefix(count))
                state.jobs.removeFirst(count)
            }
            return group
        }
    }
}

/// One piece of work for the writer thread.
struct WriteJob: Sendable {
    enum Work: Sendable {
        /// Appends the events that `decide` returns.
        ///
        /// `decide` gets the time that the events will have, and sees everything before them in the log's order. It returns
        /// nil to refuse, and keeps the reason itself. It is called again when the transaction is tried again, and not at
        /// all when the log has an event with the id `id`.
        case append(id: String?, decide: @Sendable (Timestamp) -> EncodedEvents?)
        /// Stores a snapshot, in a transaction of its own.
        case snapshot(Snapshot)
        /// Writes and removes a value that no reader sees, alone between two groups.
        case probe
        /// Adds a projection, which from then on folds each event.
        case attach(any ProjectionStage)
        /// Wakes the writer, which before each group drops the projections that are detached.
        case detach
        /// Runs alone between two groups, with transactions of its own; none of them may append.
        case maintenance(@Sendable () throws(LMDBError) -> Void)

        var isAppend: Bool {
            if case .append = self { true } else { false }
        }

        var isProbe: Bool {
            if case .probe = self { true } else { false }
        }

        /// Whether the work has transactions of its own.
        var hasOwnTransactions: Bool {
            switch self {
            case .probe, .maintenance: true
            case .append, .snapshot, .attach, .detach: false
            }
        }
    }

    let work: Work
    /// The size of the job for the limit of the queue.
    let bytes: Int
    /// Called once, on the writer thread, after the commit or its failure.
    let finish: @Sendable (Result<Receipt, AppendError>) -> Void
}

/// A projection, as the writer thread uses it.
protocol ProjectionStage: Sendable {
    /// Whether the projection is no longer used; once true, always true.
    var isDetached: Bool { get }
    /// Folds the log up to `head`, before the first step; false when that failed.
    func load(from store: Store, through head: Offset) -> Bool
    /// Folds an event that is not durable yet.
    func step(_ event: borrowing EventView)
    /// Discards the events folded since the last `publish`.
    func rollback()
    /// Makes the folded events visible, which are durable up to `head`.
    func publish(_ head: Offset)
}
