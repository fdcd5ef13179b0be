public import LMDB

extension EventLog {
    /// Visits events in order, in one short read; the ground under every other way of reading.
    ///
    /// - Parameters:
    ///   - after: the last event that is not wanted; `start` for everything that is kept.
    ///   - visit: false ends the scan after that event. The view must not be kept.
    /// - Returns: the last offset dealt with, at most `through` or the head;
    ///   less when `visit` ended it or much did not match. Go on from there.
    /// - Throws: `.gone` when events after `after` were trimmed, `.damaged` at an event that cannot be read.
    public func scan(
        after: Offset, through: Offset = .end, filter: EventFilter = .all, _ visit: (borrowing EventView) -> Bool
    ) throws(ReadError) -> Offset {
        try store.scan(after: after, through: min(through, head), filter: filter, visit)
    }

    /// Checks that events can be read now; costs one descent of the tree.
    ///
    /// - Throws: `.storage` with the reason when they cannot.
    public func checkReading() throws(ReadError) {
        do throws(LMDBError) {
            _ = try store.head()
        } catch {
            throw .storage(error)
        }
    }

    /// A run of events, and where to go on.
    public struct Page: Sendable {
        public let events: [Event]
        /// Pass it as `after` to go on (as `before` when reading backward).
        public let next: Offset
        public let head: Offset
    }

    /// Reads up to `limit` events after `after`.
    public func read(
        after: Offset = .start, through: Offset = .end, filter: EventFilter = .all, limit: Int = 1000
    ) throws(ReadError) -> Page {
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
        return Page(events: events, next: reached, head: head)
    }

    /// Reads up to `limit` events before `before`, the newest first.
    ///
    /// - Throws: `.damaged` when fewer than `limit` events match after a damaged event: that event may match, too.
    public func readBackward(
        before: Offset = .end, from: Offset = .start, filter: EventFilter = .all, limit: Int = 1000
    ) throws(ReadError) -> Page {
        let head = head
        var end = min(before, head.next)
        var events: [Event] = []
        let lowest = max(from, first)
        // Blocks read forward: wide when little matches, so that a rare type is found soon.
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
        return Page(events: events, next: events.count == limit ? events.last?.offset ?? end : end, head: head)
    }

    /// Reads the last events of a block that match, at most `limit`, in order: one step of a walk back through the log.
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

    /// The event at `offset`, or nil.
    public func event(at offset: Offset) throws(ReadError) -> Event? {
        var event: Event?
        try visit(offset) { event = Event($0) }
        return event
    }

    /// Shows the event at `offset` where it lies, in one short read; nothing when there is none, or none any more.
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

    /// The first event at or after `time`; the one after the head when all are before it.
    ///
    /// Times never go back along the log, so this is a binary search.
    public func offset(at time: Timestamp) throws(ReadError) -> Offset {
        var low = first
        var high = head.next
        while low < high {
            let middle = Offset(low.rawValue + (high.rawValue - low.rawValue) / 2)
            var found: Timestamp?
            try visit(middle) { found = $0.time }
            guard let found else {
                // Gone since, unless it is damaged.
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

    /// Where an event id is, or nil.
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

    /// Looks at all events, while the index is not whole.
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

    /// What stands in for `after` when all but the last `count` matching events are known.
    ///
    /// Costs nothing when all match, else a walk back over those that do.
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

    /// The snapshots stored, ascending by name and offset.
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
    /// The record at this offset is not one; run `verify`.
    case damaged(Offset)
    /// What was asked for is no longer kept: the log begins at this offset.
    case gone(first: Offset)
    /// The indexes are being rebuilt, or a rebuild was interrupted, and nothing can be counted.
    case indexing

    /// Whether the same read may soon succeed by itself: other readers end, or a rebuild of the indexes does.
    public var isTemporary: Bool {
        switch self {
        case .storage(let error): error.code == .readersFull
        case .indexing: true
        case .damaged, .gone: false
        }
    }
}

extension ReadError: CustomStringConvertible {
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
