/// Whether a log takes events: what a server logs, and what a readiness check asks.
///
/// ```
///             a write fails              nothing can be written any more
/// working ──────────────────► failing ──────────────────────────────────► stopped
///         ◄──────────────────         (also straight from working)
///      an append or a probe succeeds
/// ```
///
/// A refusal for a reason of the client, such as a conflict, changes nothing here.
public enum WriterCondition: Hashable, Sendable {
    /// The last write succeeded, or there was none yet.
    case working
    /// The last write failed for a reason of the machine; the next append or probe tries again.
    case failing(AppendError)
    /// Nothing more is written until the log is opened again.
    case stopped(AppendError)

    /// Why nothing was written last; nil while the log takes events.
    public var error: AppendError? {
        switch self {
        case .working: nil
        case .failing(let error), .stopped(let error): error
        }
    }
}
