/// Whether a log takes events, for a server's own log and for readiness checks.
///
/// ```
///             a write fails              nothing can be written any more
/// working ──────────────────► failing ──────────────────────────────────► stopped
///         ◄──────────────────         (also straight from working)
///      an append or a probe succeeds
/// ```
///
/// After a lack of room, only a probe or an append as large as the largest refused append ends `failing`.
///
/// A refusal that the client causes, such as a conflict, does not change the condition.
public enum WriterCondition: Hashable, Sendable {
    /// Writes succeed, or there was none yet.
    case working
    /// A write failed, for a reason such as a full disk; each append and probe tries again.
    case failing(AppendError)
    /// Nothing more is written until the log is opened again.
    case stopped(AppendError)

    /// Why the last write failed; nil while the log takes events.
    public var error: AppendError? {
        switch self {
        case .working: nil
        case .failing(let error), .stopped(let error): error
        }
    }
}
