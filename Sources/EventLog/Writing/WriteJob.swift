internal import LMDB

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
        var isAlone: Bool {
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
