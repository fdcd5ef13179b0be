internal import LMDB

extension Store {
    /// More topics than this and a scan of all events is as quick as the index.
    private static let indexedTopics = 64
    /// How many topics a pattern is held against before a scan is preferred.
    private static let lookedTopics = 1024

    /// The topics to take from the index, or nil where scanning all is better.
    func indexed(_ filter: EventFilter, in transaction: borrowing ReadTransaction) throws(LMDBError) -> [[UInt8]]? {
        guard !filter.topics.isEmpty, try !isIndexing(in: transaction) else { return nil }
        var matched: Set<[UInt8]> = []
        for pattern in filter.topics {
            if pattern.isExact {
                matched.insert(pattern.prefix)
                continue
            }
            guard !pattern.prefix.isEmpty else { return nil }
            var cursor = try transaction.cursor(topics)
            var found = try cursor.seek(pattern.prefix.span.bytes)
            var looked = 0
            while found, cursor.key.withUnsafeBytes({ $0.starts(with: pattern.prefix) }) {
                if cursor.key.withUnsafeBytes({ pattern.matches($0) }) { matched.insert(cursor.key.array) }
                looked += 1
                if matched.count > Self.indexedTopics || looked > Self.lookedTopics { return nil }
                found = try cursor.move(.nextKey)
            }
        }
        return matched.count > Self.indexedTopics ? nil : Array(matched)
    }

    /// The offsets of all `topics` after `after`, ascending, complete up to `horizon`.
    func merged(
        _ names: [[UInt8]], _ after: Offset, _ through: Offset, in transaction: borrowing ReadTransaction
    ) throws(LMDBError) -> (offsets: [UInt64], horizon: Offset) {
        var offsets: [UInt64] = []
        var horizon = through.rawValue
        // What one scan takes from the index of each topic.
        let share = Self.scanLimit / max(names.count, 8)
        var cursor = try transaction.cursor(topics)
        for name in names {
            var count = 0
            var found = try cursor.seek(name.span.bytes, after.next.rawValue)
            while found, cursor.integerValue <= horizon {
                offsets.append(cursor.integerValue)
                count += 1
                if count == share {
                    // Beyond this one the topic may have more: the next scan's work.
                    horizon = cursor.integerValue
                    break
                }
                found = try cursor.move(.nextDuplicate)
            }
        }
        offsets.removeAll { $0 > horizon }
        offsets.sort()
        return (offsets, Offset(horizon))
    }

    /// Visits each topic with its count and last offset.
    func visitTopics(_ visit: (String, Int, Offset) -> Void) throws(LMDBError) {
        try environment.read { transaction throws(LMDBError) in
            var cursor = try transaction.cursor(topics)
            var found = try cursor.move(.first)
            while found {
                let topic = cursor.key.string
                let count = try cursor.duplicateCount()
                _ = try cursor.move(.lastDuplicate)
                visit(topic, count, Offset(cursor.integerValue))
                found = try cursor.move(.nextKey)
            }
        }
    }
}
