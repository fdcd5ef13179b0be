internal import Synchronization

/// Whether a log takes events: for reports and readiness checks.
///
/// ```
///             a write fails              writing has become impossible
/// working ──────────────────► failing ──────────────────────────────────► stopped
///         ◄──────────────────         (also straight from working)
///      an append or a probe succeeds
/// ```
///
/// After a lack of room, only a probe or an append as large as the largest refused append ends `failing`.
///
/// A refusal that the client causes, such as a conflict, does not change the condition.
public enum WriterCondition: Hashable, Sendable {
    /// The last write succeeded, or there was no write yet.
    case working
    /// The last write failed, for example because the disk is full; each append and probe tries again.
    case failing(AppendError)
    /// Writing has stopped until the log is opened again.
    case stopped(AppendError)

    /// Why the last write failed; nil while the log takes events.
    public var error: AppendError? {
        switch self {
        case .working: nil
        case .failing(let error), .stopped(let error): error
        }
    }
}

/// Keeps the condition of a writer, and reports when appends begin to fail and when they work again.
///
/// The writer thread changes the condition; any thread may read it.
final class WriterHealth: Sendable {
    /// A write that succeeded.
    enum Write: Sendable {
        /// A commit whose largest append has this size.
        case append(bytes: Int)
        /// A probe, which is as large as the largest refused append.
        case probe
    }

    private struct State {
        var condition = WriterCondition.working
        /// When appends began to fail.
        var began = ContinuousClock.now
        /// How many appends were refused since `began`.
        var refused = 0
        /// The size of the largest refused append, in bytes.
        var largest = 0
        /// When the last write failed or the last probe began.
        var lastAttempt = ContinuousClock.now
    }

    private let state = Mutex(State())
    private let directory: String
    private let probeInterval: Duration
    private let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - directory: the directory of the log, for the reports.
    ///   - probeInterval: the shortest time between two probes, and between a failed write and the first probe.
    init(directory: String, probeInterval: Duration, report: @escaping @Sendable (String) -> Void) {
        self.directory = directory
        self.probeInterval = probeInterval
        self.report = report
    }

    var condition: WriterCondition { state.withLock { $0.condition } }

    /// How many bytes a probe must write to find out whether the largest refused append would fit now.
    ///
    /// An eighth of the append and 64 KiB are added for the indexes and for pages that are not full.
    var probeSize: Int {
        let largest = state.withLock { min($0.largest, EventLimits.batchBytes) }
        return largest + largest / 8 + (64 << 10)
    }

    /// Whether a probe is due: appends fail, and the last attempt was long enough ago. The caller makes the probe.
    func claimProbe() -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state -> Bool in
            guard case .failing = state.condition, now - state.lastAttempt >= probeInterval else { return false }
            state.lastAttempt = now
            return true
        }
    }

    /// Notes a failed write that may succeed when it is tried again.
    ///
    /// - Parameters:
    ///   - appends: how many appends were refused with that write.
    ///   - bytes: the size of the largest of these appends.
    func noteFailure(_ error: AppendError, appends: Int, bytes: Int) {
        let now = ContinuousClock.now
        let begins = state.withLock { state -> Bool in
            if case .stopped = state.condition { return false }
            let begins = state.condition == .working
            if begins { (state.began, state.refused, state.largest) = (now, 0, 0) }
            state.condition = .failing(error)
            state.refused += appends
            state.largest = max(state.largest, bytes)
            state.lastAttempt = now
            return begins
        }
        if begins { report("appends to the log in \(directory) fail: \(error.message)") }
    }

    /// Notes that this process has stopped writing.
    func noteStop(_ error: AppendError) {
        let begins = state.withLock { state -> Bool in
            if case .stopped = state.condition { return false }
            state.condition = .stopped(error)
            return true
        }
        if begins { report("appends to the log in \(directory) have stopped: \(error.message)") }
    }

    /// Notes a successful write.
    ///
    /// After a lack of room, a write that is smaller than the largest refused append does not end the condition: on a
    /// nearly full disk small appends succeed and large ones fail, and the condition would change with each append.
    ///
    /// - Parameter write: what was written.
    func noteSuccess(of write: Write) {
        let now = ContinuousClock.now
        let ended = state.withLock { state -> (refused: Int, lasted: Duration)? in
            guard case .failing(let error) = state.condition else { return nil }
            if error.code == .full, case .append(let bytes) = write, bytes < state.largest { return nil }
            state.condition = .working
            return (state.refused, now - state.began)
        }
        guard let ended else { return }
        report(
            "appends to the log in \(directory) work again after \(ended.lasted.formattedSeconds); \(ended.refused) appends were refused"
        )
    }
}

extension Duration {
    /// For example `3.2 seconds`.
    fileprivate var formattedSeconds: String {
        let (seconds, attoseconds) = components
        return "\(seconds).\(attoseconds / 100_000_000_000_000_000) seconds"
    }
}
