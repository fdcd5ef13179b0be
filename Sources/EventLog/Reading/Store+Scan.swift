internal import LMDB

extension Store {
    /// The largest number of records that one read transaction reads: about a millisecond of work, so that a scan through
    /// events that do not match neither keeps a transaction open for long nor blocks an event loop.
    static let scanLimit = 8192

    /// Visits events after `after` up to `through`, in order, in one short read transaction.
    ///
    /// Offsets are dense, so a missing event is an error and is never skipped silently.
    ///
    /// - Parameters:
    ///   - after: the last event before the scan; `start` for the first event kept.
    ///   - visit: gets each event that passes `filter`; false ends the scan after it.
    /// - Returns: the last offset processed, from which the next scan continues. Less than `through` when `visit` ended the
    ///   scan, and after `scanLimit` records.
    /// - Throws: `.gone` when events after `after` are no longer kept, `.damaged` at an event that cannot be read.
    func scan(
        after: Offset, through: Offset, filter: EventFilter, _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        guard after < through else { return after }
        let result: ScanResult
        do throws(LMDBError) {
            result = try environment.read { transaction throws(LMDBError) in
                let first = try first(in: transaction)
                if after.next < first, after != .start { return .failed(.gone(first: first)) }
                if through < first { return .reached(through) }
                let after = max(after, first.previous)
                if let topics = try indexed(filter, in: transaction),
                    let result = try visitIndexed(topics, after, through, filter, transaction, visit)
                {
                    return result
                }
                return try visitAll(after, through, filter, transaction, visit)
            }
        } catch {
            throw .storage(error)
        }
        switch result {
        case .reached(let offset): return offset
        case .failed(let error): throw error
        }
    }

    private enum ScanResult {
        case reached(Offset)
        case failed(ReadError)
    }

    private func visitAll(
        _ after: Offset, _ through: Offset, _ filter: EventFilter, _ transaction: borrowing ReadTransaction,
        _ visit: (borrowing EventView) -> Bool
    ) throws(LMDBError) -> ScanResult {
        var cursor = try transaction.cursor(events)
        var found = try cursor.seek(after.next.rawValue)
        var reached = after
        var count = 0
        while found, count < Self.scanLimit {
            let offset = Offset(cursor.integerKey)
            if offset > through { break }
            guard offset == reached.next, let continues = Self.show(cursor.value, at: offset, filter, visit) else {
                return .failed(.damaged(reached.next))
            }
            reached = offset
            count += 1
            if !continues { return .reached(reached) }
            found = try cursor.move(.next)
        }
        // After the last event no event is missing; before another event some are.
        if found, count < Self.scanLimit, reached < through { return .failed(.damaged(reached.next)) }
        return .reached(count < Self.scanLimit ? through : reached)
    }

    /// Passes a record to `visit` if the event matches; nil when the record is damaged.
    @inline(__always)
    private static func show(
        _ record: RawSpan, at offset: Offset, _ filter: EventFilter, _ visit: (borrowing EventView) -> Bool
    ) -> Bool? {
        guard let view = EventView(record, at: offset) else { return nil }
        return filter.matches(view) ? visit(view) : true
    }

    /// Nil when the first entry of the index leads to no event, or to an event of another topic: then the index is damaged,
    /// and all events must be read. At such an entry further on, the scan ends before it, and the next scan begins there.
    private func visitIndexed(
        _ topics: [[UInt8]], _ after: Offset, _ through: Offset, _ filter: EventFilter,
        _ transaction: borrowing ReadTransaction, _ visit: (borrowing EventView) -> Bool
    ) throws(LMDBError) -> ScanResult? {
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
