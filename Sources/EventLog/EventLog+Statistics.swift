internal import LMDB

extension EventLog {
    /// How much is in the log and what it takes on the disk.
    public struct Statistics: Sendable {
        public let first: Offset
        public let head: Offset
        public let events: Int
        public let topics: Int
        /// Distinct event ids.
        public let ids: Int
        public let snapshots: [Snapshot.Info]
        /// The file's pages in use or free, in bytes.
        public let bytes: Int
        /// Where the file stops growing by itself, in bytes.
        public let maximumBytes: Int
        public let created: Timestamp
        /// Of the first event and the last; nil when there is none, or it is damaged.
        public let firstTime: Timestamp?
        public let lastTime: Timestamp?
        /// How far the log's time is ahead of the clock of this machine; 0 when it is not ahead.
        public let timeAhead: Duration
    }

    /// Reads the counts that LMDB keeps; costs a few descents however long the log.
    public func statistics() throws(ReadError) -> Statistics {
        try checkIndexes()
        let head = head
        let firstTime = try time(at: first)
        let lastTime = try time(at: head)
        do throws(LMDBError) {
            let information = try store.environment.information()
            var topics = 0
            try store.visitTopics { _, _, _ in topics += 1 }
            let (events, ids) = try store.environment.read { transaction throws(LMDBError) in
                (try transaction.statistics(store.events).entries, try transaction.statistics(store.ids).entries)
            }
            return Statistics(
                first: first, head: head, events: events, topics: topics, ids: ids,
                snapshots: try Snapshot.stored(in: store), bytes: information.usedPages * information.pageSize,
                maximumBytes: store.environment.options.maximumMapSize, created: created, firstTime: firstTime,
                lastTime: lastTime, timeAhead: timeAhead)
        } catch {
            throw .storage(error)
        }
    }

    private func time(at offset: Offset) throws(ReadError) -> Timestamp? {
        do throws(ReadError) {
            return try event(at: offset)?.time
        } catch .damaged {
            return nil
        }
    }

    /// What is known of a topic from the index.
    public struct Topic: Hashable, Sendable {
        public let name: String
        public let events: Int
        public let last: Offset
    }

    /// Every topic, in byte order of its name.
    public func topics() throws(ReadError) -> [Topic] {
        try checkIndexes()
        var topics: [Topic] = []
        do throws(LMDBError) {
            try store.visitTopics { name, count, last in
                topics.append(Topic(name: name, events: count, last: last))
            }
        } catch {
            throw .storage(error)
        }
        return topics
    }
}
