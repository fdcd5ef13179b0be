import EventLog
import Inspection
import KeyedRows

/// What a live reader of rows has, and so what it must be sent next.
enum RowProgress: Sendable {
    /// What the reader itself says that it has: it has not been sent anything.
    case start(StartPoint)
    /// The rows as of an offset.
    case after(Offset)
    /// No rows that can be used: the reader must be sent `reset` with the reason, and all rows. Without a reason, only the
    /// rows.
    case nothing(Reset.Reason?)
    /// A part of a transfer.
    case transferring(RowTransfer, next: Int)

    /// What remains when the reader takes no bytes for some time: offsets only, so that the memory is released.
    var withoutRows: RowProgress {
        guard case .transferring(let transfer, _) = self else { return self }
        return transfer.start == .start ? .nothing(.gone) : .after(transfer.start)
    }

    /// Whether rows stay in memory for the reader.
    var holdsRows: Bool {
        if case .transferring = self { true } else { false }
    }
}
