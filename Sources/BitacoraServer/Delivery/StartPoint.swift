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
    /// An event id that no log has given, such as that of another server's stream.
    case elsewhere

    /// The largest N of `-N`.
    static let maximumLast = 100_000

    init?(_ text: String) {
        switch text {
        case "start": self = .start
        case "live": self = .live
        default:
            if text.hasPrefix("-"), let count = Offset(text.dropFirst()), count.rawValue <= Self.maximumLast {
                self = .last(Int(count.rawValue))
            } else if let offset = Offset(text) {
                self = .offset(offset)
            } else if let position = Position(text) {
                self = .position(position)
            } else {
                return nil
            }
        }
    }

    /// The id that the client of an event stream names as its last event; text of another form is `elsewhere`.
    init(lastEventID text: String) { self = Self(text) ?? .elsewhere }

    /// Where to begin in a log.
    struct Place: Hashable, Sendable {
        /// The last event the client is taken to have.
        let after: Offset
        /// What to tell the client first, when that is not where it asked.
        var reset: Reset?

        /// The same place, and `reason` to tell the client unless there is one already.
        func told(_ reason: Reset.Reason, _ log: EventLog) -> Place {
            guard reset == nil else { return self }
            return Place(after: after, reset: Reset(reason: reason, first: log.first, head: log.head, after: after))
        }
    }

    /// Where to begin, or nil when that must be searched for in the log.
    ///
    /// Reads no events, which may be on the disk: may be called on an event loop.
    func resolveAtOnce(in log: EventLog, _ filter: EventFilter) throws(ReadError) -> Place? {
        switch self {
        case .start: Place(after: log.first.previous)
        case .live: Place(after: log.head)
        case .last(let count) where count == 0 || filter.isAll: Place(after: try log.offset(beforeLast: count))
        case .last: nil
        case .since: nil
        case .offset(let offset): Self.check(offset, in: log)
        case .position(let position):
            position.log == log.id ? Self.check(position.offset, in: log) : Self.reset(.otherLog, log)
        case .elsewhere: Self.reset(.otherLog, log)
        }
    }

    /// Where to begin; may read all of the log backward, in short steps.
    ///
    /// - Parameters:
    ///   - turns: limits how many such steps run at once.
    ///   - isWanted: asked before each step whether anybody waits for the place.
    /// - Throws: `ReadError`, such as `.damaged` for `-N` when fewer than N events match after a damaged event;
    ///   `CancellationError` when the task is cancelled or the place is not wanted any more.
    func resolve(
        in log: EventLog, _ filter: EventFilter, turns: WorkGate, isWanted: () -> Bool = { true }
    ) async throws -> Place {
        if let place = try resolveAtOnce(in: log, filter) { return place }
        if case .since(let time) = self { return try await turns.run { Place(after: try log.offset(at: time).previous) } }
        guard case .last(var count) = self else { preconditionFailure("the other places are known at once") }
        var before = log.head.next
        while true {
            // It may move meanwhile.
            let first = log.first
            guard before > first else { break }
            guard isWanted() else { throw CancellationError() }
            let from = Offset(before.rawValue - min(Self.stepEvents, before.rawValue - first.rawValue))
            let (wanted, end) = (count, before)
            let found = try await turns.run {
                try log.newest(wanted, after: from.previous, through: end.previous, filter: filter) { $0.offset }
            }
            if found.count == count { return Place(after: found[0].previous) }
            count -= found.count
            before = from
        }
        return Place(after: log.first.previous)
    }

    /// How many events a step of a walk looks at.
    private static let stepEvents: UInt64 = 8192

    private static func check(_ offset: Offset, in log: EventLog) -> Place {
        if offset > log.head { return reset(.ahead, log) }
        // Offset 0 has never had anything: nothing it had is gone.
        if offset != .start, offset < log.first.previous { return reset(.gone, log) }
        return Place(after: max(offset, log.first.previous))
    }

    private static func reset(_ reason: Reset.Reason, _ log: EventLog) -> Place {
        Place(after: log.first.previous).told(reason, log)
    }
}

/// Why a client must forget what it has: it begins anew.
struct Reset: Hashable, Sendable {
    enum Reason: String, Sendable {
        /// Its position is of another log: this one was restored or begun anew.
        case otherLog = "other-log"
        /// It has an offset that this log does not have yet.
        case ahead
        /// What comes after its offset is no longer kept.
        case gone
        /// What it has is of a session that cannot be taken up: begun with
        /// another filter, or before the key of the log was lost.
        case otherSession = "other-session"
    }

    let reason: Reason
    let first: Offset
    let head: Offset
    /// What it is taken to have now.
    let after: Offset
}
