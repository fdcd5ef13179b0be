import EventLog
import Inspection
import KeyedRows
import NIOCore

/// Determines what a reader is sent next, from what the reader has.
///
/// ```
///  start ──► after ── it is the offset of the window ─────────────────────────────────► live
///              ▲ ├─── the changes since are known ──────────────► transferring changes ──┐
///              │ └─── they are not known ─► nothing ── reset ──► transferring all rows ──┤
///              └──────────────────────────────── all sent ───────────────────────────────┘
/// ```
/// One step is at most one message: many readers that catch up take turns.
struct RowCatchUp {
    /// What a step results in.
    struct Step {
        /// What the reader is sent; nil for nothing.
        var bytes: ByteBuffer?
        /// What the reader then has.
        var progress: RowProgress
        /// Whether the reader then has the rows of the window, so that it follows the window.
        var isLive = false
        /// Whether the bytes are the message `reset`.
        var isReset = false
    }

    let window: LiveWindow
    /// The offset of the window.
    let offset: Offset
    let log: LogID
    /// The first offset that the log keeps, for `reset`.
    let first: Offset
    let collection: ServedCollection
    let encoding: EventEncoding

    func step(_ progress: RowProgress, _ transfers: inout RecentTransfers) -> Step {
        switch progress {
        case .start(let start): begin(start, &transfers)
        case .after(let offset): resume(after: offset, &transfers)
        case .nothing(let reason): copy(reason, &transfers)
        case .transferring(let transfer, let next): send(transfer, from: next)
        }
    }

    private func begin(_ start: StartPoint, _ transfers: inout RecentTransfers) -> Step {
        switch start {
        case .live: live
        case .start: begin(after: .start, &transfers)
        case .offset(let offset): begin(after: offset, &transfers)
        case .position(let position) where position.log == log: begin(after: position.offset, &transfers)
        case .position, .last, .since, .unrecognizedID: copy(.otherLog, &transfers)
        }
    }

    private func begin(after start: Offset, _ transfers: inout RecentTransfers) -> Step {
        // A reader that begins at the newest offset may have been sent it by the earlier definition.
        let isInForce = start == .start || start > offset || collection.isInForce(at: start)
        return isInForce ? resume(after: start, &transfers) : copy(.definition, &transfers)
    }

    private var live: Step { Step(progress: .after(offset), isLive: true) }

    private func resume(after start: Offset, _ transfers: inout RecentTransfers) -> Step {
        if start == offset { return live }
        if start > offset { return copy(.ahead, &transfers) }
        // A reader that was cut off while it was sent all rows has a part of them.
        if start == .start { return copy(.gone, &transfers) }
        guard let changes = transfers.changes(of: window, since: start, at: offset) else {
            return copy(.gone, &transfers)
        }
        return send(changes, from: 0)
    }

    private func copy(_ reason: Reset.Reason?, _ transfers: inout RecentTransfers) -> Step {
        let rows = transfers.rows(of: window, at: offset)
        guard let reason else { return send(rows, from: 0) }
        let reset = Reset(reason: reason, first: first, head: offset, after: .start)
        return Step(
            bytes: encoding.encoder(log: log).reset(reset), progress: .transferring(rows, next: 0), isReset: true)
    }

    /// The next message of a transfer.
    private func send(_ transfer: RowTransfer, from first: Int) -> Step {
        var (next, bytes) = (first, ByteBuffer?.none)
        if first < transfer.count {
            let message = transfer.message(from: first, encoding, log)
            (next, bytes) = (message.next, message.bytes)
        }
        guard next == transfer.count else {
            return Step(bytes: bytes, progress: .transferring(transfer, next: next))
        }
        // The window may be at a later offset than the transfer.
        return Step(bytes: bytes, progress: .after(transfer.end), isLive: transfer.end == offset)
    }
}
