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
