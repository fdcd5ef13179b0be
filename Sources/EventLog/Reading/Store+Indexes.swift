internal import LMDB

extension Store {
    // MARK: Looking up

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

    /// The offset of the event with an id; nil when there is none.
    func offset(ofID id: RawSpan, in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> Offset? {
        guard let value = try transaction.get(ids, id), value.byteCount == 8 else { return nil }
        return Offset(value.unsafeLoadUnaligned(as: UInt64.self))
    }

    /// The number of events of a type.
    func count(ofType type: RawSpan, in transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> UInt64
    {
        guard let value = try transaction.get(types, type), value.byteCount == 8 else { return 0 }
        return value.unsafeLoadUnaligned(as: UInt64.self)
    }

    // MARK: Reading by topic

    /// The largest number of topics that are read from the index; for more, a scan of all events is as fast.
    private static let indexedTopics = 64
    /// The largest number of topics that a pattern is compared with; for more, all events are scanned.
    private static let comparedTopics = 1024

    /// The topics to read from the index; nil when a scan of all events is better.
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
            var compared = 0
            while found, cursor.key.withUnsafeBytes({ $0.starts(with: pattern.prefix) }) {
                if cursor.key.withUnsafeBytes({ pattern.matches($0) }) { matched.insert(cursor.key.array) }
                compared += 1
                if matched.count > Self.indexedTopics || compared > Self.comparedTopics { return nil }
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
        // The number of entries that one scan reads for each topic.
        let share = Self.scanLimit / max(names.count, 8)
        var cursor = try transaction.cursor(topics)
        for name in names {
            var count = 0
            var found = try cursor.seek(name.span.bytes, after.next.rawValue)
            while found, cursor.integerValue <= horizon {
                offsets.append(cursor.integerValue)
                count += 1
                if count == share {
                    // After this entry the topic may have more, which the next scan reads.
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

    /// Visits each type with its count, in byte order; a damaged count is 0.
    func visitTypes(
        in transaction: borrowing some Transaction & ~Copyable, _ visit: (RawSpan, UInt64) -> Void
    ) throws(LMDBError) {
        var cursor = try transaction.cursor(types)
        var found = try cursor.move(.first)
        while found {
            visit(cursor.key, cursor.value.byteCount == 8 ? cursor.integerValue : 0)
            found = try cursor.move(.next)
        }
    }

    // MARK: Visiting a whole index

    /// Visits the whole topics index, in short read transactions.
    ///
    /// - Parameter visit: gets a topic, one of its offsets, and the newest event at the moment when the entry was read.
    func visitTopicIndex(_ visit: ([UInt8], _ offset: UInt64, _ newest: UInt64) -> Void) throws(LMDBError) {
        var last: (topic: [UInt8], offset: UInt64)?
        var isDone = false
        while !isDone {
            isDone = try environment.read { transaction throws(LMDBError) in
                let newest = try newest(in: transaction)
                var cursor = try transaction.cursor(topics)
                var found: Bool
                if let last {
                    // Continues with the same topic, or the topic after it.
                    found = last.offset < .max ? try cursor.seek(last.topic.span.bytes, last.offset + 1) : false
                    if !found, try cursor.find(last.topic.span.bytes) { found = try cursor.move(.nextKey) }
                } else {
                    found = try cursor.move(.first)
                }
                var count = 0
                while found, count < Self.scanLimit {
                    let topic =
                        last.flatMap { last in cursor.key.isEqual(last.topic) ? last.topic : nil } ?? cursor.key.array
                    last = (topic, cursor.integerValue)
                    visit(topic, cursor.integerValue, newest)
                    count += 1
                    found = try cursor.move(.next)
                }
                return !found
            }
        }
    }

    /// Visits the offsets in the index of ids, in short read transactions; a damaged offset is 0.
    func visitIDs(_ visit: (_ offset: UInt64, _ newest: UInt64) -> Void) throws(LMDBError) {
        var last: [UInt8]?
        var isDone = false
        while !isDone {
            isDone = try environment.read { transaction throws(LMDBError) in
                let newest = try newest(in: transaction)
                var cursor = try transaction.cursor(ids)
                var found: Bool
                if let last {
                    found = try cursor.find(last.span.bytes)
                    if found { found = try cursor.move(.next) }
                } else {
                    found = try cursor.move(.first)
                }
                var count = 0
                while found, count < Self.scanLimit {
                    last = cursor.key.array
                    visit(cursor.value.byteCount == 8 ? cursor.integerValue : 0, newest)
                    count += 1
                    found = try cursor.move(.next)
                }
                return !found
            }
        }
    }

    private func newest(in transaction: borrowing ReadTransaction) throws(LMDBError) -> UInt64 {
        var cursor = try transaction.cursor(events)
        return try cursor.move(.last) ? cursor.integerKey : first(in: transaction).previous.rawValue
    }
}
