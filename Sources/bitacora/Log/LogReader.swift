import EventLog

/// Reads what is selected of a log, past records that are none.
struct LogReader {
    let log: EventLog
    let selection: EventSelection
    let damage: Damage

    init(_ log: EventLog, _ selection: EventSelection = EventSelection(), damage: Damage = Damage()) {
        self.log = log
        self.selection = selection
        self.damage = damage
    }

    /// The same, but not saying what is damaged: for a look at what will be read again.
    var quietly: LogReader { LogReader(log, selection, damage: Damage(isTold: false)) }

    /// Visits selected events in order, in one short read, as `EventLog.scan` does; go on from what it returns.
    ///
    /// Ids are looked up in the log's index, so that those cost nothing that lie between.
    ///
    /// - Parameters:
    ///   - visit: false ends the scan after that event.
    ///   - damaged: gets the offset of what is no event; by default it is told and left out.
    func scan(
        after: Offset, through: Offset = .end, damaged: ((Offset) -> Void)? = nil, _ visit: (borrowing EventView) -> Bool
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
    func visitAll(_ range: EventRange, _ visit: (borrowing EventView) -> Void) throws(ReadError) {
        let last = min(range.end, log.head)
        var reached = range.after
        while reached < last {
            reached = try scan(after: reached, through: last) { view in
                visit(view)
                return true
            }
        }
    }

    /// When the event at `offset` was appended, or the next one that can be read; nil when there is none.
    func time(atOrAfter offset: Offset) throws(ReadError) -> Timestamp? {
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
            }
        }
        return time
    }

    /// The first event at or after `time`; the one after the head when all are before it.
    ///
    /// A binary search, as times never go back; a damaged event counts as one of the time of the next.
    func offset(at time: Timestamp) throws(ReadError) -> Offset {
        let first = log.first
        return try offset(at: time, in: first...max(first, log.head.next))
    }

    /// The same within a part of the log: the first and the one after the last.
    func offset(at time: Timestamp, in range: ClosedRange<Offset>) throws(ReadError) -> Offset {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = Offset(low.rawValue + (high.rawValue - low.rawValue) / 2)
            if let found = try self.time(atOrAfter: middle), found < time { low = middle.next } else { high = middle }
        }
        return low
    }
}
