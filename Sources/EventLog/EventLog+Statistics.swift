internal import LMDB

extension EventLog {
    /// How much is in the log, and its size on the disk.
    public struct Statistics: Sendable {
        /// The first offset kept.
        public let first: Offset
        /// The offset of the last event.
        public let head: Offset
        /// The number of events kept.
        public let events: Int
        /// The number of distinct topics.
        public let topics: Int
        /// The number of distinct event ids.
        public let ids: Int
        /// The stored snapshots, in ascending order of name and offset.
        public let snapshots: [Snapshot.Info]
        /// The size of the file's pages, used and free, in bytes.
        public let bytes: Int
        /// The largest size of the file, in bytes.
        public let maximumBytes: Int
        /// When the log was created.
        public let created: Timestamp
        /// The time of the first event; nil when there is no event, or it is damaged.
        public let firstTime: Timestamp?
        /// The time of the last event; nil when there is no event, or it is damaged.
        public let lastTime: Timestamp?
        /// How far the log's time is ahead of the clock of this machine; 0 when it is not ahead.
        public let timeAhead: Duration
    }

    /// Reads the counts that LMDB keeps: a few lookups and one step for each topic, however long the log.
    ///
    /// - Throws: `.indexing`, `.storage`.
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

    /// A topic with the number of its events.
    public struct Topic: Hashable, Sendable {
        /// The topic.
        public let name: String
        /// The number of its events.
        public let events: Int
        /// The offset of its last event.
        public let last: Offset
    }

    /// Every topic, in byte order of its name; costs one step for each topic.
    ///
    /// - Throws: `.indexing`, `.storage`.
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

extension EventLog {
    /// A type with the number of its events.
    public struct TypeCount: Hashable, Sendable {
        /// The type.
        public let name: String
        /// The number of its events.
        public let events: Int
    }

    /// Every type with the number of its events, in byte order of its name; costs one step for each type.
    ///
    /// - Throws: `.indexing`, `.storage`.
    public func types() throws(ReadError) -> [TypeCount] {
        try checkIndexes()
        var types: [TypeCount] = []
        do throws(LMDBError) {
            try store.environment.read { transaction throws(LMDBError) in
                try store.visitTypes(in: transaction) {
                    types.append(TypeCount(name: $0.string, events: Int(clamping: $1)))
                }
            }
        } catch {
            throw .storage(error)
        }
        return types
    }

    /// - Throws: `.indexing` while the indexes are incomplete.
    func checkIndexes() throws(ReadError) {
        let isIndexing: Bool
        do throws(LMDBError) {
            isIndexing = try store.environment.read { transaction throws(LMDBError) in
                try store.isIndexing(in: transaction)
            }
        } catch {
            throw .storage(error)
        }
        if isIndexing { throw .indexing }
    }
}

extension EventLog {
    /// A read transaction that is open now, in this process or another.
    public struct Reader: Hashable, Sendable {
        /// The process that reads.
        public let process: Int32
        /// The number of the newest commit that the reader sees; nil when the transaction is about to begin.
        public let transaction: Int?
        /// The number of commits after that one.
        public let commitsBehind: Int
        /// Whether the process died during the read; the pages that it read are not reused until the reader is cleared.
        public let isStale: Bool
    }

    /// The read transactions that are open now; a reader that waits for events has none open.
    ///
    /// - Throws: `.storage`.
    public func readers() throws(ReadError) -> [Reader] {
        do throws(LMDBError) {
            let readers = try store.environment.readers()
            // Read after the readers, so that no reader is ahead of it.
            let newest = try store.environment.information().lastTransaction
            return readers.map { reader in
                Reader(
                    process: reader.process, transaction: reader.transaction,
                    commitsBehind: reader.transaction.map { max(0, newest - $0) } ?? 0, isStale: reader.isStale)
            }
        } catch {
            throw .storage(error)
        }
    }

    /// Clears the readers whose process died, so that the pages that they read are reused.
    ///
    /// Opening a log does the same, unless ``Options/clearsStaleReaders`` is false.
    ///
    /// - Returns: the number of readers cleared.
    /// - Throws: `.storage`.
    @discardableResult
    public func clearStaleReaders() throws(ReadError) -> Int {
        do throws(LMDBError) {
            return try store.environment.clearStaleReaders()
        } catch {
            throw .storage(error)
        }
    }

    /// The size of the free pages in the file, which the next appends use before the file grows, in bytes.
    ///
    /// - Throws: `.storage`.
    public func freeBytes() throws(ReadError) -> Int {
        do throws(LMDBError) {
            return try store.environment.freePages() * store.environment.information().pageSize
        } catch {
            throw .storage(error)
        }
    }
}
