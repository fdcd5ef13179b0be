internal import LMDB

extension Store {
    /// How many records one read transaction looks at: about a millisecond's
    /// work, so that a scan through much that does not match neither parks a
    /// reader nor holds up an event loop.
    static let scanLimit = 8192

    /// Visits events after `after` up to `through`, in order, in one short read transaction.
    ///
    /// - Parameter visit: gets each event that passes `filter`; false ends the scan after it.
    /// - Returns: the last offset dealt with. Less than `through` when `visit`
    ///   ended it or after `scanLimit` records: go on from there.
    func scan(
        after: Offset, through: Offset, filter: EventFilter, _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        guard after < through else { return after }
        var damaged: Offset?
        let reached: Offset
        do throws(LMDBError) {
            reached = try environment.read { transaction throws(LMDBError) in
                if let topics = try indexed(filter, in: transaction) {
                    return try visitIndexed(topics, after, through, filter, transaction, &damaged, visit)
                }
                return try visitAll(after, through, filter, transaction, &damaged, visit)
            }
        } catch {
            throw .storage(error)
        }
        if let damaged { throw .damaged(damaged) }
        return reached
    }

    private func visitAll(
        _ after: Offset, _ through: Offset, _ filter: EventFilter, _ transaction: borrowing ReadTransaction,
        _ damaged: inout Offset?, _ visit: (borrowing EventView) -> Bool
    ) throws(LMDBError) -> Offset {
        var cursor = try transaction.cursor(events)
        var found = try cursor.seek(after.next.rawValue)
        var reached = after
        var count = 0
        while found, count < Self.scanLimit {
            let offset = Offset(cursor.integerKey)
            if offset > through { break }
            guard let goesOn = Self.show(cursor.value, at: offset, filter, visit) else {
                damaged = offset
                return reached
            }
            reached = offset
            count += 1
            if !goesOn { return reached }
            found = try cursor.move(.next)
        }
        return count < Self.scanLimit ? through : reached
    }

    /// Shows a record to `visit` if it passes; nil when it is not a record.
    @inline(__always)
    private static func show(
        _ record: RawSpan, at offset: Offset, _ filter: EventFilter, _ visit: (borrowing EventView) -> Bool
    ) -> Bool? {
        guard let view = EventView(record, at: offset) else { return nil }
        return filter.matches(view) ? visit(view) : true
    }

    private func visitIndexed(
        _ topics: [[UInt8]], _ after: Offset, _ through: Offset, _ filter: EventFilter,
        _ transaction: borrowing ReadTransaction, _ damaged: inout Offset?, _ visit: (borrowing EventView) -> Bool
    ) throws(LMDBError) -> Offset {
        let (offsets, horizon) = try merged(topics, after, through, in: transaction)
        for offset in offsets {
            guard let record = try transaction.get(events, offset), let view = EventView(record, at: Offset(offset)) else {
                damaged = Offset(offset)
                return Offset(offset).previous
            }
            if filter.matchesType(view), !visit(view) { return view.offset }
        }
        return horizon
    }
}
