import EventLog
import Inspection

/// The offset at which the delivery to a client begins: what a ``StartPoint`` means in this log now.
struct ResolvedStart: Hashable, Sendable {
    /// The delivery begins with the event after this one.
    let after: Offset
    /// The message that the client is sent first; nil when the delivery begins where the client asked for.
    var reset: Reset?

    /// The same start with a reset for `reason`, unless the start already has a reset.
    func withReset(_ reason: Reset.Reason, _ log: EventLog) -> ResolvedStart {
        guard reset == nil else { return self }
        return ResolvedStart(after: after, reset: Reset(reason: reason, first: log.first, head: log.head, after: after))
    }
}

extension StartPoint {
    /// Finds where the delivery begins; nil when the log must be searched.
    ///
    /// Reads no events, so it never waits for the disk and may be called on an event loop.
    func resolveAtOnce(in log: EventLog, _ filter: EventFilter) throws(ReadError) -> ResolvedStart? {
        switch self {
        case .start: ResolvedStart(after: log.first.previous)
        case .live: ResolvedStart(after: log.head)
        case .last(let count) where count == 0 || filter.isAll: ResolvedStart(after: try log.offset(beforeLast: count))
        case .last: nil
        case .since: nil
        case .offset(let offset): Self.check(offset, in: log)
        case .position(let position):
            position.log == log.id ? Self.check(position.offset, in: log) : Self.reset(.otherLog, log)
        case .unrecognizedID: Self.reset(.otherLog, log)
        }
    }

    /// Finds where the delivery begins. May read all of the log backward, in short steps.
    ///
    /// - Parameters:
    ///   - readLimiter: limits how many such steps run at once.
    ///   - isWanted: called before each step; when it returns false, the search ends.
    /// - Throws: `ReadError`, such as `.damaged` for `-N` when fewer than N events match after a damaged event;
    ///   `CancellationError` when the task is cancelled or the result is not wanted any more.
    func resolve(
        in log: EventLog, _ filter: EventFilter, readLimiter: ConcurrencyLimiter, isWanted: () -> Bool = { true }
    ) async throws -> ResolvedStart {
        if let resolved = try resolveAtOnce(in: log, filter) { return resolved }
        if case .since(let time) = self {
            return try await readLimiter.run { ResolvedStart(after: try log.offset(at: time).previous) }
        }
        guard case .last(var count) = self else { preconditionFailure("every other start is resolved at once") }
        var before = log.head.next
        while true {
            // Trimming may move the first event during the search.
            let first = log.first
            guard before > first else { break }
            guard isWanted() else { throw CancellationError() }
            let from = Offset(before.rawValue - min(Self.stepEvents, before.rawValue - first.rawValue))
            let (wanted, end) = (count, before)
            let found = try await readLimiter.run {
                try log.newest(wanted, after: from.previous, through: end.previous, filter: filter) { $0.offset }
            }
            if found.count == count { return ResolvedStart(after: found[0].previous) }
            count -= found.count
            before = from
        }
        return ResolvedStart(after: log.first.previous)
    }

    /// The number of events that one step of a search reads.
    private static let stepEvents: UInt64 = 8192

    private static func check(_ offset: Offset, in log: EventLog) -> ResolvedStart {
        if offset > log.head { return reset(.ahead, log) }
        // A client at offset 0 has no events, and so there is no gap after them.
        if offset != .start, offset < log.first.previous { return reset(.gone, log) }
        return ResolvedStart(after: max(offset, log.first.previous))
    }

    private static func reset(_ reason: Reset.Reason, _ log: EventLog) -> ResolvedStart {
        ResolvedStart(after: log.first.previous).withReset(reason, log)
    }
}

/// A message to a client that must discard the events it has, because the delivery begins again.
struct Reset: Hashable, Sendable {
    enum Reason: String, Sendable {
        /// The client's position belongs to another log: this log was restored or created again.
        case otherLog = "other-log"
        /// The client's offset is beyond the head of this log.
        case ahead
        /// Events after the client's offset were trimmed; for rows, the changes since the offset are not known.
        case gone
        /// The client's session cannot be resumed: the session began with another filter, or before the key of the log
        /// was lost.
        case otherSession = "other-session"
        /// The collection was defined differently at the client's offset.
        case definition
    }

    let reason: Reason
    let first: Offset
    let head: Offset
    /// The delivery begins again with the event after this one.
    let after: Offset
}
