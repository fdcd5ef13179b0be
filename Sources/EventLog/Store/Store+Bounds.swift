internal import LMDB
internal import Synchronization

extension Store {
    /// The last event, and the digest that the next record is chained to.
    struct LogEnd: Sendable {
        var head: Offset
        var digest: Digest
        var time: Timestamp
    }

    /// Reads the last record.
    ///
    /// - Throws: `.damaged` when the record cannot be read; `.storage`.
    func logEnd() throws(ReadError) -> LogEnd {
        var damaged: Offset?
        let found: (first: Offset, logEnd: LogEnd)
        do throws(LMDBError) {
            found = try environment.read { transaction throws(LMDBError) in
                let logStart = try logStart(in: transaction)
                var cursor = try transaction.cursor(events)
                guard try cursor.move(.last) else {
                    return (
                        logStart.first,
                        LogEnd(head: logStart.first.previous, digest: logStart.anchor, time: meta.created)
                    )
                }
                let head = Offset(cursor.integerKey)
                guard let view = EventView(cursor.value, at: head) else {
                    damaged = head
                    return (logStart.first, LogEnd(head: head, digest: logStart.anchor, time: meta.created))
                }
                return (logStart.first, LogEnd(head: head, digest: view.digest, time: view.time))
            }
            try checkRoom(from: found.first, through: found.logEnd.head)
        } catch {
            throw .storage(error)
        }
        if let damaged { throw .damaged(damaged) }
        return found.logEnd
    }

    /// The offset of the last event. Costs three short lookups.
    ///
    /// - Throws: `.corrupted` when the file has no room for the events up to this offset.
    func head() throws(LMDBError) -> Offset {
        let (first, head) = try environment.read { transaction throws(LMDBError) in
            let first = try logStart(in: transaction).first
            var cursor = try transaction.cursor(events)
            return (first, try cursor.move(.last) ? Offset(cursor.integerKey) : first.previous)
        }
        try checkRoom(from: first, through: head)
        return head
    }

    /// Checks that the file has room for the events from `first` through `head`.
    ///
    /// A reader looks for each of these events, and a damaged offset could mean 10¹⁸ of them. Must be called after the
    /// transaction that read the offsets: the file only grows, so its size belongs to this or a later commit.
    private func checkRoom(from first: Offset, through head: Offset) throws(LMDBError) {
        let information = try environment.information()
        let most = UInt64(information.usedPages * information.pageSize / RecordLayout.headerSize)
        guard head >= first.previous, head.rawValue - first.previous.rawValue <= most else {
            throw LMDBError(
                .corrupted, call: "mdb_cursor_get",
                subject: """
                    database events: the last event has the offset \(head), the first has \(first), \
                    and the file has room for at most \(most) events
                    """)
        }
    }

    /// Checks the digest of the last record against the record before the last, as `verify` does.
    ///
    /// - Throws: `.damaged` with the offset of the last record when another record was appended there; `.storage` when the
    ///   file cannot be read.
    func verifyLast() throws(ReadError) {
        var damaged: Offset?
        do throws(LMDBError) {
            try environment.read { transaction throws(LMDBError) in
                let logStart = try logStart(in: transaction)
                var cursor = try transaction.cursor(events)
                guard try cursor.move(.last) else { return }
                let last = Offset(cursor.integerKey)
                var previous = logStart.anchor
                if last > logStart.first {
                    guard let record = try transaction.get(events, last.previous.rawValue) else {
                        return damaged = last
                    }
                    // When the record before the last cannot be read, the last record cannot be checked.
                    guard let view = EventView(record, at: last.previous) else { return }
                    previous = view.digest
                }
                let record = cursor.value
                guard let view = EventView(record, at: last), view.digest == record.digest(chainedTo: previous) else {
                    return damaged = last
                }
            }
        } catch {
            throw .storage(error)
        }
        if let damaged { throw .damaged(damaged) }
    }

    /// The first event kept. Costs two lookups in the smallest database.
    ///
    /// Must be read in the transaction that reads the events: another process may trim the log between two transactions.
    func logStart(in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> LogStart {
        guard let logStart = try LogStart(of: transaction, metaDatabase) else {
            throw LMDBError(.corrupted, call: "mdb_get", subject: "the keys first and anchor of database meta")
        }
        return logStart
    }

    /// The first offset kept; the last known one when the log is closed or cannot be read.
    func first() -> Offset {
        if let first = try? environment.read({ transaction throws(LMDBError) in try first(in: transaction) }) {
            knownFirst.store(first.rawValue, ordering: .relaxed)
        }
        return Offset(knownFirst.load(ordering: .relaxed))
    }

    /// The first offset kept.
    func first(in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> Offset {
        try transaction.integer(metaDatabase, .first).map(Offset.init(_:)) ?? 1
    }
}
