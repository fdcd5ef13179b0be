internal import LMDB

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
                var cursor = try transaction.cursor(events)
                guard try cursor.move(.last) else {
                    return Edge(head: meta.first.previous, digest: meta.anchor, time: meta.created)
                }
                let offset = Offset(cursor.integerKey)
                guard let view = EventView(cursor.value, at: offset) else {
                    damaged = offset
                    return Edge(head: offset, digest: meta.anchor, time: meta.created)
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
            return try cursor.move(.last) ? Offset(cursor.integerKey) : meta.first.previous
        }
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
}
