package import EventLog

/// Reads the selected events of a log, and skips damaged ones.
package struct LogReader {
    /// The log.
    package let log: EventLog
    /// Which events are read.
    package let selection: EventSelection
    /// Gets the damaged events that are skipped.
    package let damage: Damage

    /// A reader of the selected events.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - selection: which events are read; by default all.
    ///   - damage: gets the damaged events that are skipped.
    package init(_ log: EventLog, _ selection: EventSelection = EventSelection(), damage: Damage) {
        self.log = log
        self.selection = selection
        self.damage = damage
    }

    /// A reader of the same events that reports no damage, for events that will be read again.
    package var ignoringDamage: LogReader { LogReader(log, selection, damage: Damage()) }

    /// Visits selected events in order, in one short read transaction, as `EventLog.scan` does.
    ///
    /// Selected ids are found with the log's index, so that other events cost nothing.
    ///
    /// - Parameters:
    ///   - after: the last offset before the events to visit.
    ///   - through: the last offset to visit.
    ///   - damaged: gets the offset of each damaged event; by default `damage` gets it.
    ///   - visit: gets each event; returning false ends the scan after the event.
    /// - Returns: the offset after which the next scan continues.
    package func scan(
        after: Offset, through: Offset = .end, damaged: ((Offset) -> Void)? = nil,
        _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        let damaged = damaged ?? damage.add
        guard !selection.ids.isEmpty else { return try scanAll(after, through, damaged, visit) }
        var continues = true
        for offset in try selectedOffsets(after, through) {
            _ = try scanAll(offset.previous, offset, damaged) { view in
                continues = visit(view)
                return continues
            }
            if !continues { return offset }
        }
        return max(after, min(through, log.head))
    }

    private func scanAll(
        _ after: Offset, _ through: Offset, _ damaged: (Offset) -> Void, _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        do throws(ReadError) {
            return try log.scan(after: after, through: through, filter: selection.filter) { view in
                selection.matches(view) ? visit(view) : true
            }
        } catch .damaged(let offset) {
            damaged(offset)
            return offset
        }
    }

    /// The offsets of the selected ids, ascending.
    private func selectedOffsets(_ after: Offset, _ through: Offset) throws(ReadError) -> [Offset] {
        var offsets: Set<Offset> = []
        let head = min(through, log.head)
        for id in selection.ids {
            if let offset = try log.offset(ofID: id), offset > after, offset <= head { offsets.insert(offset) }
        }
        return offsets.sorted()
    }

    /// Visits all selected events of a range, up to the head at the time of the call.
    package func visitAll(_ range: EventRange, _ visit: (borrowing EventView) -> Void) throws(ReadError) {
        let last = min(range.end, log.head)
        var reached = range.after
        while reached < last {
            reached = try scan(after: reached, through: last) { view in
                visit(view)
                return true
            }
        }
    }
}

extension LogReader {
    /// Visits the offsets of the selected events from the newest to the oldest.
    ///
    /// The memory needed is bounded: only a limited number of offsets is kept. Damaged events are reported in the same
    /// order.
    ///
    /// - Parameters:
    ///   - after: the last offset before the events to visit.
    ///   - end: the last offset that can be visited.
    ///   - visit: gets each offset; returning false ends the search.
    package func visitBackward(after: Offset = .start, end: Offset = .end, _ visit: (Offset) throws -> Bool) throws {
        let lowest = max(after, log.first.previous)
        var last = min(end, log.head)
        // Blocks are read forward, and become larger, so that a rare match is found soon.
        var width: UInt64 = 256
        while last > lowest {
            let start = Offset(last.rawValue - min(width, last.rawValue - lowest.rawValue))
            for found in try foundEvents(after: start, through: last).reversed() {
                if found.isDamaged {
                    damage.add(found.offset)
                } else if try !visit(found.offset) {
                    return
                }
            }
            last = start
            width = min(width * 4, 1 << 16)
        }
    }

    private struct FoundEvent {
        let offset: Offset
        let isDamaged: Bool
    }

    private func foundEvents(after start: Offset, through last: Offset) throws(ReadError) -> [FoundEvent] {
        var found: [FoundEvent] = []
        var damaged: [Offset] = []
        var reached = start
        while reached < last {
            reached = try scan(after: reached, through: last, damaged: { damaged.append($0) }) { view in
                found.append(FoundEvent(offset: view.offset, isDamaged: false))
                return true
            }
            // The scan ended at the damaged event, so the visited events come before it.
            found += damaged.map { FoundEvent(offset: $0, isDamaged: true) }
            damaged = []
        }
        return found
    }
}

/// Times and offsets. A damaged event has no time; the time of an event beside it is used instead.
extension LogReader {
    /// The time of the event at an offset; nil when there is no event, or when it is damaged, which is reported.
    package func time(at offset: Offset) throws(ReadError) -> Timestamp? {
        var time: Timestamp?
        do throws(ReadError) {
            try log.visit(offset) { time = $0.time }
        } catch .damaged(let offset) {
            damage.add(offset)
        }
        return time
    }

    /// The time of the event at an offset, or of the next intact event; nil when there is none.
    package func time(atOrAfter offset: Offset) throws(ReadError) -> Timestamp? {
        var time: Timestamp?
        var reached = max(offset, log.first).previous
        let head = log.head
        while time == nil, reached < head {
            do throws(ReadError) {
                reached = try log.scan(after: reached, through: head) { view in
                    time = view.time
                    return false
                }
            } catch .damaged(let offset) {
                reached = offset
            } catch .gone(let first) {
                // The events were trimmed during the search.
                reached = first.previous
            }
        }
        return time
    }

    /// The time of the event at an offset, or of the last intact event before it; nil when there is none.
    package func time(atOrBefore offset: Offset) throws(ReadError) -> Timestamp? {
        var current = min(offset, log.head)
        while current >= log.first {
            if let time = try ignoringDamage.time(at: current) { return time }
            current = current.previous
        }
        return nil
    }

    /// The offset of the first event at or after a time; the offset after the head when all events are earlier.
    ///
    /// A binary search, because times never decrease. A damaged event counts as having the time of the next event.
    package func offset(at time: Timestamp) throws(ReadError) -> Offset {
        let first = log.first
        return try offset(at: time, in: first...max(first, log.head.next))
    }

    /// The offset of the first event of a range at or after a time; the upper bound when all events are earlier.
    ///
    /// - Parameters:
    ///   - time: the time.
    ///   - range: the first offset of the part of the log to search, and the offset after its last event.
    package func offset(at time: Timestamp, in range: ClosedRange<Offset>) throws(ReadError) -> Offset {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = Offset(low.rawValue + (high.rawValue - low.rawValue) / 2)
            if let found = try self.time(atOrAfter: middle), found < time { low = middle.next } else { high = middle }
        }
        return low
    }

    /// The offset of the last event at or before a time; 0 when all events are later.
    ///
    /// - Throws: `.gone` when all kept events are later and earlier ones were trimmed: which of these was the last one at
    ///   the time is not known any more.
    package func offset(asOf time: Timestamp) throws(ReadError) -> Offset {
        guard time.rawValue < .max else { return log.head }
        let first = log.first
        let offset = try offset(at: Timestamp(microseconds: time.rawValue + 1)).previous
        guard offset >= first || first.previous == .start else { throw .gone(first: first) }
        return offset
    }
}

/// Counts and reports the damaged events that a reader skips.
package final class Damage {
    private let report: (Offset, _ count: Int) -> Void
    /// The number of damaged events so far.
    package private(set) var count = 0

    /// A count of damaged events.
    ///
    /// - Parameter report: gets the offset of each damaged event and the number of damaged events so far; by default
    ///   damaged events are only counted.
    package init(_ report: @escaping (Offset, _ count: Int) -> Void = { _, _ in }) { self.report = report }

    /// Counts and reports a damaged event.
    package func add(_ offset: Offset) {
        count += 1
        report(offset, count)
    }
}
