internal import LMDB

extension Store {
    /// How many records one read transaction looks at: about a millisecond's
    /// work, so that a scan through much that does not match neither parks a
    /// reader nor holds up an event loop.
    static let scanLimit = 8192

    /// Visits events after `after` up to `through`, in order, in one short read transaction.
    ///
    /// Offsets are dense, so each event must be the next one: a hole is damage
    /// and never silently left out.
    ///
    /// - Parameters:
    ///   - after: `start` stands for everything before the first event kept.
    ///   - visit: gets each event that passes `filter`; false ends the scan after it.
    /// - Returns: the last offset dealt with. Less than `through` when `visit`
    ///   ended it or after `scanLimit` records: go on from there.
    /// - Throws: `.gone` when events after `after` are no longer kept, `.damaged` at an event that cannot be read.
    func scan(
        after: Offset, through: Offset, filter: EventFilter, _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        guard after < through else { return after }
        let ending: Ending
        do throws(LMDBError) {
            ending = try environment.read { transaction throws(LMDBError) in
                let first = try first(in: transaction)
                if after.next < first, after != .start { return .failed(.gone(first: first)) }
                if through < first { return .reached(through) }
                let after = max(after, first.previous)
                if let topics = try indexed(filter, in: transaction),
                    let ending = try visitIndexed(topics, after, through, filter, transaction, visit)
                {
                    return ending
                }
                return try visitAll(after, through, filter, transaction, visit)
            }
        } catch {
            throw .storage(error)
        }
        switch ending {
        case .reached(let offset): return offset
        case .failed(let error): throw error
        }
    }

    private enum Ending {
        case reached(Offset)
        case failed(ReadError)
    }

    private func visitAll(
        _ after: Offset, _ through: Offset, _ filter: EventFilter, _ transaction: borrowing ReadTransaction,
        _ visit: (borrowing EventView) -> Bool
    ) throws(LMDBError) -> Ending {
        var cursor = try transaction.cursor(events)
        var found = try cursor.seek(after.next.rawValue)
        var reached = after
        var count = 0
        while found, count < Self.scanLimit {
            let offset = Offset(cursor.integerKey)
            if offset > through { break }
            guard offset == reached.next, let goesOn = Self.show(cursor.value, at: offset, filter, visit) else {
                return .failed(.damaged(reached.next))
            }
            reached = offset
            count += 1
            if !goesOn { return .reached(reached) }
            found = try cursor.move(.next)
        }
        // Behind the last event there is nothing to miss; before another one there is.
        if found, count < Self.scanLimit, reached < through { return .failed(.damaged(reached.next)) }
        return .reached(count < Self.scanLimit ? through : reached)
    }

    /// Shows a record to `visit` if it passes; nil when it is not a record.
    @inline(__always)
    private static func show(
        _ record: RawSpan, at offset: Offset, _ filter: EventFilter, _ visit: (borrowing EventView) -> Bool
    ) -> Bool? {
        guard let view = EventView(record, at: offset) else { return nil }
        return filter.matches(view) ? visit(view) : true
    }

    /// Nil when the index leads astray at once: to no event, or to one of another topic. Then it is damaged, and
    /// looking at all events is the right way. Later on the scan ends before that place, and the next one finds it.
    private func visitIndexed(
        _ topics: [[UInt8]], _ after: Offset, _ through: Offset, _ filter: EventFilter,
        _ transaction: borrowing ReadTransaction, _ visit: (borrowing EventView) -> Bool
    ) throws(LMDBError) -> Ending? {
        let (offsets, horizon) = try merged(topics, after, through, in: transaction)
        var reached = after
        for offset in offsets {
            guard let record = try transaction.get(events, offset) else {
                return reached == after ? nil : .reached(reached)
            }
            guard let view = EventView(record, at: Offset(offset)) else { return .failed(.damaged(Offset(offset))) }
            guard filter.matchesTopic(view) else { return reached == after ? nil : .reached(reached) }
            reached = view.offset
            if filter.matchesType(view), !visit(view) { return .reached(reached) }
        }
        return .reached(horizon)
    }
}
