import EventLog

/// Which events a client already has, as the client says it over any interface.
enum StartPoint: Hashable, Sendable {
    /// `start`: nothing.
    case start
    /// `live`: everything so far.
    case live
    /// An offset of this log.
    case offset(Offset)
    /// An offset, and the log that it belongs to.
    case position(Position)
    /// `-N`: all events but the last N that match the filter.
    case last(Int)
    /// Everything before a time.
    case since(Timestamp)
    /// An event id that is not a position, such as the id of an event of another server's stream.
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

    /// Reads the id that the client of an event stream names as its last event; text of another form is `elsewhere`.
    init(lastEventID text: String) { self = Self(text) ?? .elsewhere }

    /// A place in a log where the delivery to a client begins.
    struct Place: Hashable, Sendable {
        /// The delivery begins with the event after this one.
        let after: Offset
        /// Sent to the client first; nil when the place is the one that the client has asked for.
        var reset: Reset?

        /// The same place with a reset for `reason`, unless the place already has a reset.
        func told(_ reason: Reset.Reason, _ log: EventLog) -> Place {
            guard reset == nil else { return self }
            return Place(after: after, reset: Reset(reason: reason, first: log.first, head: log.head, after: after))
        }
    }

    /// The place to begin, or nil when the log must be searched to find the place.
    ///
    /// Reads no events, and so never waits for the disk: may be called on an event loop.
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

    /// The place to begin. May read all of the log backward, in short steps, to find the place.
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
        if case .since(let time) = self {
            return try await turns.run { Place(after: try log.offset(at: time).previous) }
        }
        guard case .last(var count) = self else { preconditionFailure("the other places are known at once") }
        var before = log.head.next
        while true {
            // Trimming may move the first event during the walk.
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

    /// The number of events that one step of a walk reads.
    private static let stepEvents: UInt64 = 8192

    private static func check(_ offset: Offset, in log: EventLog) -> Place {
        if offset > log.head { return reset(.ahead, log) }
        // A client at offset 0 has no events, and so there is no gap after them.
        if offset != .start, offset < log.first.previous { return reset(.gone, log) }
        return Place(after: max(offset, log.first.previous))
    }

    private static func reset(_ reason: Reset.Reason, _ log: EventLog) -> Place {
        Place(after: log.first.previous).told(reason, log)
    }
}

/// A message to a client whose events do not count any more: the delivery begins again.
struct Reset: Hashable, Sendable {
    enum Reason: String, Sendable {
        /// The client's position belongs to another log: this log was restored or created again.
        case otherLog = "other-log"
        /// The client's offset is beyond the head of this log.
        case ahead
        /// Events after the client's offset were trimmed.
        case gone
        /// The client's session cannot be resumed: the session began with another filter, or before the key of the log
        /// was lost.
        case otherSession = "other-session"
    }

    let reason: Reason
    let first: Offset
    let head: Offset
    /// The delivery begins again with the event after this one.
    let after: Offset
}
