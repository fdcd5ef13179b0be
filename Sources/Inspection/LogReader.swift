package import EventLog

/// Reads what is selected of a log, past records that are none.
package struct LogReader {
    package let log: EventLog
    package let selection: EventSelection
    package let damage: Damage

    /// - Parameter damage: is told what is none of the events wanted, and no event at all.
    package init(_ log: EventLog, _ selection: EventSelection = EventSelection(), damage: Damage) {
        self.log = log
        self.selection = selection
        self.damage = damage
    }

    /// The same, but not saying what is damaged: for a look at what will be read again.
    package var quietly: LogReader { LogReader(log, selection, damage: Damage()) }

    /// Visits selected events in order, in one short read, as `EventLog.scan` does; go on from what it returns.
    ///
    /// Ids are looked up in the log's index, so that those cost nothing that lie between.
    ///
    /// - Parameters:
    ///   - visit: false ends the scan after that event.
    ///   - damaged: gets the offset of what is no event; by default it is told and left out.
    package func scan(
        after: Offset, through: Offset = .end, damaged: ((Offset) -> Void)? = nil,
        _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        let damaged = damaged ?? damage.add
        guard !selection.ids.isEmpty else { return try scanAll(after, through, damaged, visit) }
        var goesOn = true
        for place in try places(after, through) {
            _ = try scanAll(place.previous, place, damaged) { view in
                goesOn = visit(view)
                return goesOn
            }
            if !goesOn { return place }
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

    /// Where the ids wanted are, ascending.
    private func places(_ after: Offset, _ through: Offset) throws(ReadError) -> [Offset] {
        var places: Set<Offset> = []
        let head = min(through, log.head)
        for id in selection.ids {
            if let place = try log.offset(ofID: id), place > after, place <= head { places.insert(place) }
        }
        return places.sorted()
    }

    /// Visits all selected events up to the head of this moment.
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
    /// Visits the offsets of selected events from the newest to the oldest.
    ///
    /// Keeps offsets only, and a bounded number of them, however large the events are. What is damaged is told
    /// when its turn comes.
    ///
    /// - Parameters:
    ///   - after: the last offset left out.
    ///   - end: the last offset that may be visited.
    ///   - visit: false ends the search.
    package func visitBackward(after: Offset = .start, end: Offset = .end, _ visit: (Offset) throws -> Bool) throws {
        let lowest = max(after, log.first.previous)
        var last = min(end, log.head)
        // Blocks are read forward; they widen, so that a rare match is found soon.
        var width: UInt64 = 256
        while last > lowest {
            let start = Offset(last.rawValue - min(width, last.rawValue - lowest.rawValue))
            for place in try places(after: start, through: last).reversed() {
                if place.isDamaged {
                    damage.add(place.offset)
                } else if try !visit(place.offset) {
                    return
                }
            }
            last = start
            width = min(width * 4, 1 << 16)
        }
    }

    private struct Place {
        let offset: Offset
        let isDamaged: Bool
    }

    private func places(after start: Offset, through last: Offset) throws(ReadError) -> [Place] {
        var places: [Place] = []
        var damaged: [Offset] = []
        var reached = start
        while reached < last {
            reached = try scan(after: reached, through: last, damaged: { damaged.append($0) }) { view in
                places.append(Place(offset: view.offset, isDamaged: false))
                return true
            }
            // All that was visited before lies before it.
            places += damaged.map { Place(offset: $0, isDamaged: true) }
            damaged = []
        }
        return places
    }
}

/// Times and places. What is damaged has no time: the event beside it stands in.
extension LogReader {
    /// When the event at `offset` was appended; nil when it is damaged, which is told, or there is none.
    package func time(at offset: Offset) throws(ReadError) -> Timestamp? {
        var time: Timestamp?
        do throws(ReadError) {
            try log.visit(offset) { time = $0.time }
        } catch .damaged(let offset) {
            damage.add(offset)
        }
        return time
    }

    /// When the event at `offset` was appended, or the next one that can be read; nil when there is none.
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
                // Trimmed meanwhile.
                reached = first.previous
            }
        }
        return time
    }

    /// When the event at `offset` was appended, or the last one before it that can be read; nil when there is none.
    package func time(atOrBefore offset: Offset) throws(ReadError) -> Timestamp? {
        var place = min(offset, log.head)
        while place >= log.first {
            if let time = try quietly.time(at: place) { return time }
            place = place.previous
        }
        return nil
    }

    /// The first event at or after `time`; the one after the head when all are before it.
    ///
    /// A binary search, as times never go back; a damaged event counts as one of the time of the next.
    package func offset(at time: Timestamp) throws(ReadError) -> Offset {
        let first = log.first
        return try offset(at: time, in: first...max(first, log.head.next))
    }

    /// The same within a part of the log: the first and the one after the last.
    package func offset(at time: Timestamp, in range: ClosedRange<Offset>) throws(ReadError) -> Offset {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = Offset(low.rawValue + (high.rawValue - low.rawValue) / 2)
            if let found = try self.time(atOrAfter: middle), found < time { low = middle.next } else { high = middle }
        }
        return low
    }

    /// The last event that had happened at `time`; the one before the first when none had.
    package func offset(asOf time: Timestamp) throws(ReadError) -> Offset {
        guard time.rawValue < .max else { return log.head }
        return try offset(at: Timestamp(microseconds: time.rawValue + 1)).previous
    }
}

/// The records that a reader came across and that are none: it leaves them out, and someone is told.
package final class Damage {
    private let tell: (Offset, _ count: Int) -> Void
    package private(set) var count = 0

    /// - Parameter tell: gets the offset of each, and how many there were with it; by default nobody is told.
    package init(_ tell: @escaping (Offset, _ count: Int) -> Void = { _, _ in }) { self.tell = tell }

    package func add(_ offset: Offset) {
        count += 1
        tell(offset, count)
    }
}
