internal import Dispatch
internal import LMDB
internal import Synchronization

/// What waits for the writer thread, in order, bounded in count and bytes.
final class WriteQueue: Sendable {
    /// How many jobs may wait; one more is refused as `busy`.
    static let maximumJobs = 65_536
    /// How many bytes may wait, unless it is a single job.
    static let maximumBytes = 64 << 20

    private struct State {
        var jobs: [WriteJob] = []
        var bytes = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// - Throws: `.busy` at a bound, `.closed` after `close`.
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
        // Only the first of those that wait wakes the writer: it takes all of them.
        if try outcome.get() { wake.signal() }
    }

    /// Ends the queue: what waits is still taken, nothing more gets in.
    func close() {
        state.withLock { $0.isClosed = true }
        wake.signal()
    }

    /// What waits, for one group; empty after `timeout`, nil when closed and drained.
    ///
    /// A group is bounded by `EventLimits.batchBytes` (its first job aside), so
    /// that a transaction is too.
    func take(until timeout: DispatchTime) -> [WriteJob]? {
        if let group = takeWaiting() { return group.isEmpty ? nil : group }
        _ = wake.wait(timeout: timeout)
        guard let group = takeWaiting() else { return [] }
        return group.isEmpty ? nil : group
    }

    /// Nil when nothing waits; empty when nothing will any more.
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
        /// Decides, against everything before it in the order and at the time its events will be dated, what to append.
        /// Returns nil to refuse; the refusal travels outside. Runs again when
        /// its transaction is tried again. Skipped when the log has `id`.
        case append(id: String?, decide: @Sendable (Timestamp) -> EncodedEvents?)
        case snapshot(Snapshot)
        /// Writes and removes something that no reader sees, alone between two groups.
        case probe
        /// Adds a projection, which from then on steps with each event.
        case attach(any ProjectionStage)
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
            case .append, .snapshot, .attach: false
            }
        }
    }

    let work: Work
    /// What it counts against the bounds of the queue.
    let bytes: Int
    /// Called once, on the writer thread, after the commit or its failure.
    let finish: @Sendable (Result<Receipt, AppendError>) -> Void
}

/// A projection's side towards the writer thread.
protocol ProjectionStage: Sendable {
    /// Brings itself up to `head`, before its first step; false when it could not.
    func load(from store: Store, through head: Offset) -> Bool
    /// Folds an event that is not durable yet.
    func step(_ event: borrowing EventView)
    /// Drops what was folded since the last `publish`.
    func rollback()
    /// Makes what was folded visible: it is durable up to `head`.
    func publish(_ head: Offset)
}
