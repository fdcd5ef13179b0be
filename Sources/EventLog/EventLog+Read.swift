public import LMDB

extension EventLog {
    /// Visits events in order, without copying them, in one short read transaction.
    ///
    /// One call reads at most 8,192 events, so that no transaction stays open for long. A scan of many events takes several
    /// calls: continue each with the offset that the last one returned.
    ///
    /// - Parameters:
    ///   - after: the last event before the scan; ``Offset/start`` for the first event kept.
    ///   - through: the last event of the scan; the head when this is larger.
    ///   - filter: selects the events that are visited.
    ///   - visit: gets each event; false ends the scan after that event. The view cannot be kept.
    /// - Returns: the last offset processed: `through` or the head, or less when `visit` ended the scan or the limit of one
    ///   call was reached.
    /// - Throws: `.gone` when events after `after` were trimmed, `.damaged` at an event that cannot be read, `.storage`.
    public func scan(
        after: Offset, through: Offset = .end, filter: EventFilter = .all, _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        try store.scan(after: after, through: min(through, head), filter: filter, visit)
    }

    /// Checks that events can be read now; costs a few short lookups.
    ///
    /// - Throws: `.storage` with the reason why they cannot.
    public func checkReading() throws(ReadError) {
        do throws(LMDBError) {
            _ = try store.head()
        } catch {
            throw .storage(error)
        }
    }

    /// Events that were read, and where the next read continues.
    public struct ReadResult: Sendable {
        /// The events, in the order of the read.
        public let events: [Event]
        /// The `after` of the next read, or the `before` of the next backward read.
        public let next: Offset
        /// The head at the beginning of the read.
        public let head: Offset
    }

    /// Reads up to `limit` matching events after `after`.
    ///
    /// - Parameters:
    ///   - after: the last event before the ones to read; ``Offset/start`` for the first event kept.
    ///   - through: the last event to read; the head when this is larger.
    ///   - filter: selects events.
    ///   - limit: the largest number of events.
    /// - Throws: `.gone` when events after `after` were trimmed, `.damaged` at an event that cannot be read, `.storage`.
    public func read(
        after: Offset = .start, through: Offset = .end, filter: EventFilter = .all, limit: Int = 1000
    ) throws(ReadError) -> ReadResult {
        let head = head
        let last = min(through, head)
        var events: [Event] = []
        var reached = after
        while events.count < limit, reached < last {
            reached = try scan(after: reached, through: last, filter: filter) { view in
                events.append(Event(view))
                return events.count < limit
            }
        }
        return ReadResult(events: events, next: reached, head: head)
    }

    /// Reads up to `limit` matching events before `before`, the newest first.
    ///
    /// - Parameters:
    ///   - before: the first event after the ones to read; ``Offset/end`` for the newest events.
    ///   - from: the first event to read.
    ///   - filter: selects events.
    ///   - limit: the largest number of events.
    /// - Throws: `.damaged` when fewer than `limit` events match after a damaged event: that event may match, too.
    public func readBackward(
        before: Offset = .end, from: Offset = .start, filter: EventFilter = .all, limit: Int = 1000
    ) throws(ReadError) -> ReadResult {
        let head = head
        var end = min(before, head.next)
        var events: [Event] = []
        let lowest = max(from, first)
        // Each block is read forward. Blocks become larger when few events match, so that a rare type is found soon.
        var width = UInt64(max(limit, 64))
        while events.count < limit, end > lowest {
            let start = Offset(end.rawValue - min(width, end.rawValue - lowest.rawValue))
            let block = try newest(limit - events.count, after: start.previous, through: end.previous, filter: filter) {
                Event($0)
            }
            events += block.reversed()
            end = start
            width = min(width * 4, 1 << 16)
        }
        return ReadResult(events: events, next: events.count == limit ? events.last?.offset ?? end : end, head: head)
    }

    /// Reads the last matching events of a block, at most `limit`, in order: one step of a backward read.
    ///
    /// - Parameters:
    ///   - after: the last event before the block.
    ///   - through: the last event of the block.
    ///   - make: makes an element of the result from an event.
    /// - Throws: `.damaged` when fewer than `limit` events match after a damaged event: that event may match, too.
    package func newest<Item>(
        _ limit: Int, after: Offset, through: Offset, filter: EventFilter, _ make: (borrowing EventView) -> Item
    ) throws(ReadError) -> [Item] {
        var found: [Item] = []
        var damaged: Offset?
        var reached = after
        while reached < through {
            do throws(ReadError) {
                reached = try scan(after: reached, through: through, filter: filter) { view in
                    if found.count >= 2 * limit { found.removeFirst(limit) }
                    found.append(make(view))
                    return true
                }
            } catch .damaged(let offset) {
                found = []
                damaged = offset
                reached = offset
            }
        }
        if let damaged, found.count < limit { throw .damaged(damaged) }
        return Array(found.suffix(limit))
    }

    /// The event at `offset`; nil when there is none, or it was trimmed.
    ///
    /// - Throws: `.damaged`, `.storage`.
    public func event(at offset: Offset) throws(ReadError) -> Event? {
        var event: Event?
        try visit(offset) { event = Event($0) }
        return event
    }

    /// Calls `body` with the event at `offset`, without copying it, in one short read transaction.
    ///
    /// `body` is not called when there is no such event, or it was trimmed.
    ///
    /// - Throws: `.damaged`, `.storage`.
    public func visit(_ offset: Offset, _ body: (borrowing EventView) -> Void) throws(ReadError) {
        guard offset > .start else { return }
        do throws(ReadError) {
            _ = try scan(after: offset.previous, through: offset) { view in
                body(view)
                return false
            }
        } catch .gone {
            return
        }
    }

    /// The offset of the first event at or after `time`; the offset after the head when all events are earlier.
    ///
    /// Times never go back along the log, so this is a binary search.
    ///
    /// - Throws: `.damaged`, `.storage`.
    public func offset(at time: Timestamp) throws(ReadError) -> Offset {
        var low = first
        var high = head.next
        while low < high {
            let middle = Offset(low.rawValue + (high.rawValue - low.rawValue) / 2)
            var found: Timestamp?
            try visit(middle) { found = $0.time }
            guard let found else {
                // The event was trimmed since, or is missing.
                let first = first
                guard first > middle else { throw .damaged(middle) }
                low = max(low, first)
                high = max(low, high)
                continue
            }
            if found < time { low = middle.next } else { high = middle }
        }
        return low
    }

    /// The offset of the event with an id; nil when there is none. Costs one lookup in an index.
    ///
    /// - Throws: `.storage`; `.damaged` while the indexes are being rebuilt and all events must be read.
    public func offset(ofID id: String) throws(ReadError) -> Offset? {
        // LMDB has no key that is empty or longer than an id may be.
        guard (1...EventLimits.id).contains(id.utf8.count) else { return nil }
        let known: (offset: Offset?, isIndexing: Bool)
        do throws(LMDBError) {
            known = try store.environment.read { transaction throws(LMDBError) in
                (try store.offset(ofID: id.utf8Span.span.bytes, in: transaction), try store.isIndexing(in: transaction))
            }
        } catch {
            throw .storage(error)
        }
        return known.offset == nil && known.isIndexing ? try search(forID: Array(id.utf8)) : known.offset
    }

    /// Searches all events, while the index is incomplete.
    private func search(forID id: [UInt8]) throws(ReadError) -> Offset? {
        var found: Offset?
        var reached = Offset.start
        let head = head
        while found == nil, reached < head {
            reached = try scan(after: reached, through: head) { view in
                if view.id.isEqual(id) { found = view.offset }
                return found == nil
            }
        }
        return found
    }

    /// The offset after which the last `count` matching events are.
    ///
    /// Costs nothing when the filter matches every event, else a backward read of the matching events.
    ///
    /// - Throws: `.damaged` when fewer than `count` events match after a damaged event: that event may match, too.
    public func offset(beforeLast count: Int, matching filter: EventFilter = .all) throws(ReadError) -> Offset {
        let head = head
        let lowest = first.previous
        guard count > 0 else { return head }
        if filter.isAll { return Offset(max(lowest.rawValue, head.rawValue - min(UInt64(count), head.rawValue))) }
        var left = count
        var before = head.next
        while left > 0 {
            let page = try readBackward(before: before, filter: filter, limit: min(left, 1000))
            guard let oldest = page.events.last else { return lowest }
            left -= page.events.count
            before = oldest.offset
        }
        return before.previous
    }

    /// The stored snapshots, in ascending order of name and offset.
    ///
    /// - Throws: `.storage`.
    public func snapshots() throws(ReadError) -> [Snapshot.Info] {
        do throws(LMDBError) {
            return try Snapshot.stored(in: store)
        } catch {
            throw .storage(error)
        }
    }
}

/// Why events could not be read.
public enum ReadError: Error, Equatable, Sendable {
    /// LMDB failed.
    case storage(LMDBError)
    /// The record at this offset is damaged or missing; `verify` reports all such records.
    case damaged(Offset)
    /// The requested events were trimmed: the log begins at this offset.
    case gone(first: Offset)
    /// The indexes are being rebuilt, or a rebuild was interrupted, so nothing can be counted.
    case indexing

    /// Whether the same read may succeed soon, when other readers or a rebuild of the indexes have ended.
    public var isTemporary: Bool {
        switch self {
        case .storage(let error): error.code == .readersFull
        case .indexing: true
        case .damaged, .gone: false
        }
    }
}

extension ReadError: CustomStringConvertible {
    /// One sentence: what failed, and what to do.
    public var description: String {
        switch self {
        case .storage(let error) where error.code == .corrupted:
            "the log cannot be read: \(error.cause); run `bitacora log verify`"
        case .storage(let error): "the log cannot be read: \(error.cause)"
        case .gone(let first): "the events before offset \(first) are no longer kept"
        case .indexing:
            "the indexes of the log are being rebuilt, or a rebuild was interrupted; try again soon, or run `bitacora log repair --yes`"
        case .damaged(let offset): "the event at offset \(offset) is damaged; run `bitacora log verify`"
        }
    }
}
