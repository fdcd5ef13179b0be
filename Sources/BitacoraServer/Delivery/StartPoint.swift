import EventLog

/// What a client already has, in the words every interface shares.
enum StartPoint: Hashable, Sendable {
    /// `start`: nothing.
    case start
    /// `live`: everything so far.
    case live
    /// An offset of this log.
    case offset(Offset)
    /// An offset of the log it names.
    case position(Position)
    /// `-N`: all but the last N that match.
    case last(Int)
    /// Everything before a time.
    case since(Timestamp)

    /// The largest N of `-N`.
    static let maximumLast = 100_000

    init?(_ text: String) {
        switch text {
        case "start": self = .start
        case "live": self = .live
        default:
            if text.hasPrefix("-"), let count = Int(text.dropFirst()), (0...Self.maximumLast).contains(count) {
                self = .last(count)
            } else if let offset = Offset(text) {
                self = .offset(offset)
            } else if let position = Position(text) {
                self = .position(position)
            } else {
                return nil
            }
        }
    }

    /// Where to begin in `log`, and what to tell the client first when that is
    /// not where it asked.
    func resolve(in log: EventLog, _ filter: EventFilter) throws(ReadError) -> (after: Offset, reset: Reset?) {
        switch self {
        case .start: (log.first.previous, nil)
        case .live: (log.head, nil)
        case .last(let count): (try log.offset(beforeLast: count, matching: filter), nil)
        case .since(let time): (try log.offset(at: time).previous, nil)
        case .offset(let offset): Self.check(offset, in: log)
        case .position(let position):
            position.log == log.id ? Self.check(position.offset, in: log) : Self.reset(.otherLog, log)
        }
    }

    private static func check(_ offset: Offset, in log: EventLog) -> (Offset, Reset?) {
        if offset > log.head { return reset(.ahead, log) }
        // Offset 0 has never had anything: nothing it had is gone.
        if offset != .start, offset < log.first.previous { return reset(.gone, log) }
        return (max(offset, log.first.previous), nil)
    }

    private static func reset(_ reason: Reset.Reason, _ log: EventLog) -> (Offset, Reset?) {
        (log.first.previous, Reset(reason: reason, first: log.first, head: log.head))
    }
}

/// Why a client must forget what it has: it gets the full history.
struct Reset: Hashable, Sendable {
    enum Reason: String, Sendable {
        /// Its position is of another log: this one was restored or begun anew.
        case otherLog = "other-log"
        /// It has an offset that this log does not have yet.
        case ahead
        /// What comes after its offset is no longer kept.
        case gone
    }

    let reason: Reason
    let first: Offset
    let head: Offset
}
