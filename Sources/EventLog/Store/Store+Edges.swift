internal import LMDB
internal import Synchronization

extension Store {
    /// The last event: where the log ends, and what its next record is chained to.
    struct Edge: Sendable {
        var head: Offset
        var digest: Digest
        var time: Timestamp
    }

    func edge() throws(ReadError) -> Edge {
        var damaged: Offset?
        let edge: Edge
        do throws(LMDBError) {
            edge = try environment.read { transaction throws(LMDBError) in
                let beginning = try beginning(in: transaction)
                var cursor = try transaction.cursor(events)
                guard try cursor.move(.last) else {
                    return Edge(head: beginning.first.previous, digest: beginning.anchor, time: meta.created)
                }
                let offset = Offset(cursor.integerKey)
                guard let view = EventView(cursor.value, at: offset) else {
                    damaged = offset
                    return Edge(head: offset, digest: beginning.anchor, time: meta.created)
                }
                return Edge(head: offset, digest: view.digest, time: view.time)
            }
        } catch {
            throw .storage(error)
        }
        if let damaged { throw .damaged(damaged) }
        return edge
    }

    /// The last event's offset, at the price of one descent of the tree.
    func head() throws(LMDBError) -> Offset {
        try environment.read { transaction throws(LMDBError) in
            var cursor = try transaction.cursor(events)
            return try cursor.move(.last) ? Offset(cursor.integerKey) : try beginning(in: transaction).first.previous
        }
    }

    /// Where the kept events begin, at the price of two lookups in the smallest of the databases.
    ///
    /// Ask in the transaction that reads the events: another process may trim the log between two.
    func beginning(in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> Beginning {
        guard let beginning = try Beginning(of: transaction, metaDatabase) else {
            throw LMDBError(.corrupted, call: "mdb_get", subject: "the keys first and anchor of database meta")
        }
        return beginning
    }

    /// The first offset kept; what it was last, when the log is closed or cannot be read.
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

    /// Whether the indexes are being rebuilt, or a rebuild was interrupted: then they must not be used.
    func isIndexing(in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> Bool {
        let mark: UInt8? = try transaction.integer(metaDatabase, .indexing)
        return (mark ?? 0) != 0
    }

    /// The offset of a topic's last event; `start` when it has none.
    func last(of topic: RawSpan, in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> Offset {
        var cursor = try transaction.cursor(topics)
        guard try cursor.find(topic), try cursor.move(.lastDuplicate) else { return .start }
        return Offset(cursor.integerValue)
    }

    func offset(ofID id: RawSpan, in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> Offset? {
        guard let value = try transaction.get(ids, id), value.byteCount == 8 else { return nil }
        return Offset(value.unsafeLoadUnaligned(as: UInt64.self))
    }

    /// How many events there are of a type.
    func count(ofType type: RawSpan, in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> UInt64 {
        guard let value = try transaction.get(types, type), value.byteCount == 8 else { return 0 }
        return value.unsafeLoadUnaligned(as: UInt64.self)
    }
}
