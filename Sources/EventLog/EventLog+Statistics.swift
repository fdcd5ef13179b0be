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

extension EventLog {
    /// What is known of a type from the index.
    public struct TypeCount: Hashable, Sendable {
        public let name: String
        public let events: Int
    }

    /// Every type with the number of its events, in byte order of its name; costs one step a type.
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

    /// - Throws: `.indexing` while the indexes say nothing.
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
    /// A read of the log that is under way now, in this process or another.
    public struct Reader: Hashable, Sendable {
        public let process: Int32
        /// The number of the newest commit it sees; nil when it is just about to begin.
        public let transaction: Int?
        /// How many commits came after that one.
        public let commitsBehind: Int
        /// Whether its process died in the middle; it keeps pages from being used again until it is cleared.
        public let isStale: Bool
    }

    /// The reads under way at this moment; a reader that waits for events has none.
    public func readers() throws(ReadError) -> [Reader] {
        do throws(LMDBError) {
            let readers = try store.environment.readers()
            // Asked afterwards: what is newest never goes back.
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

    /// Frees what readers hold whose process died, and returns how many there were.
    ///
    /// Opening a log does the same, unless `Options.clearsStaleReaders` is off.
    @discardableResult
    public func clearStaleReaders() throws(ReadError) -> Int {
        do throws(LMDBError) {
            return try store.environment.clearStaleReaders()
        } catch {
            throw .storage(error)
        }
    }

    /// The pages inside the file that the next appends will use before it grows, in bytes.
    public func freeBytes() throws(ReadError) -> Int {
        do throws(LMDBError) {
            return try store.environment.freePages() * store.environment.information().pageSize
        } catch {
            throw .storage(error)
        }
    }
}
