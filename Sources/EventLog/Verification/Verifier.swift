internal import LMDB

/// Recomputes the chain of digests, and compares the indexes with the events.
///
/// Each error is reported once, at its offset. The topic, type and id of a damaged or missing event are unknown, so index
/// entries that lead to it are not reported.
struct Verifier {
    /// The largest number of separate damaged ranges; with more, the indexes are not compared, because each takes memory.
    private static let maximumDamagedRanges = 100_000

    private let store: Store
    /// Whether events that are trimmed during the verification are skipped; then the indexes cannot be compared.
    private let isTolerant: Bool
    private var logStart: LogStart
    var result: Verification
    private var next: Offset
    /// The digest that the next record is chained to: as stored, and as recomputed where the two differ, so that one
    /// damaged digest is one problem, not two.
    private var chained: Digest
    private var recomputed: Digest
    /// False after missing events: then the digest that the next record is chained to is unknown.
    private var isChainKnown = true
    private var lastTime = Timestamp(rawValue: .min)
    /// The events that are damaged or missing.
    private var unknown = OffsetRanges()
    private var topics = NameTable<TopicChecksum>()
    private var types = NameTable<UInt64>()
    private var ids = 0
    /// Whether events were trimmed during the verification.
    private var isTrimmed = false

    init(_ store: Store, head: Offset, isTolerant: Bool = false) throws(ReadError) {
        self.store = store
        self.isTolerant = isTolerant
        do throws(LMDBError) {
            logStart = try store.environment.read { transaction throws(LMDBError) in
                try store.logStart(in: transaction)
            }
        } catch {
            throw .storage(error)
        }
        result = Verification(first: logStart.first, head: head)
        next = logStart.first
        chained = logStart.anchor
        // The first event of a log is chained to the id that the log was created with.
        recomputed = logStart.first == 1 ? Digest(genesis: store.meta.origin) : logStart.anchor
    }

    /// - Returns: false when events were trimmed during the verification, which must then be repeated.
    mutating func run(progress: (Offset) -> Void) throws(ReadError) -> Bool {
        if chained != recomputed {
            result.add(.meta, "the log's id does not match the digest that its first event is chained to")
        }
        do throws(LMDBError) {
            while next <= result.head, isTolerant || !isTrimmed {
                try verifyBlock()
                progress(next.previous)
            }
            if isTolerant {
                result.areIndexesCompared = false
                return true
            }
            if !isTrimmed, unknown.ranges.count <= Self.maximumDamagedRanges {
                try verifyTopics()
                try verifyIDs()
                try verifyTypes()
            }
            return try store.environment.read { transaction throws(LMDBError) in
                try store.logStart(in: transaction) == logStart
            }
        } catch {
            throw .storage(error)
        }
    }

    private mutating func verifyBlock() throws(LMDBError) {
        try store.environment.read { transaction throws(LMDBError) in
            let newest = try store.logStart(in: transaction)
            if newest != logStart {
                isTrimmed = true
                guard isTolerant else { return }
                continueChain(from: newest)
            }
            var cursor = try transaction.cursor(store.events)
            var found = try cursor.seek(next.rawValue)
            var count = 0
            while found, count < Store.scanLimit, cursor.integerKey <= result.head.rawValue {
                let offset = Offset(cursor.integerKey)
                if offset != next { addMissing(through: offset.previous) }
                try verify(cursor.value, at: offset, transaction)
                next = offset.next
                count += 1
                found = try cursor.move(.next)
            }
            if count == 0 {
                addMissing(through: result.head)
                next = result.head.next
            }
        }
    }

    /// Continues with the new first event of the log, unless the verification is already beyond it.
    private mutating func continueChain(from newest: LogStart) {
        logStart = newest
        guard newest.first > next else { return }
        next = newest.first
        (chained, recomputed, isChainKnown) = (newest.anchor, newest.anchor, true)
    }

    private mutating func addMissing(through last: Offset) {
        result.add(
            .events, next == last ? "event \(next) is missing" : "events \(next) to \(last) are missing", at: next)
        addUnknown(next, through: last)
        isChainKnown = false
    }

    private mutating func addUnknown(_ first: Offset, through last: Offset) {
        if unknown.ranges.count <= Self.maximumDamagedRanges { unknown.append(first, through: last) }
    }

    private mutating func verify(
        _ record: RawSpan, at offset: Offset, _ transaction: borrowing ReadTransaction
    ) throws(LMDBError) {
        result.events += 1
        result.bytes += record.byteCount
        guard isIntact(record), let view = EventView(record, at: offset) else {
            addUnknown(offset, through: offset)
            return result.add(
                .events, "the digest does not match: this event was changed after it was written", at: offset)
        }
        if view.time < lastTime { result.add(.events, "the time goes back at this event", at: offset) }
        lastTime = max(lastTime, view.time)
        topics.update(view.topic, from: TopicChecksum()) { $0.add(offset.rawValue) }
        types.update(view.type, from: 0) { $0 += 1 }
        guard view.id.byteCount > 0 else { return }
        ids += 1
        let indexed = try store.offset(ofID: view.id, in: transaction)
        if indexed != offset {
            result.add(
                .indexes, "the index of ids has \(indexed?.description ?? "nothing") for the id of this event",
                at: offset)
        }
    }

    /// Compares a record with the chain, and makes it the record that the next one is chained to.
    private mutating func isIntact(_ record: RawSpan) -> Bool {
        guard record.byteCount >= RecordLayout.headerSize else {
            isChainKnown = false
            return false
        }
        let stored = record.withUnsafeBytes { Digest($0) }
        var computed = record.digest(chainedTo: chained)
        if computed != stored, recomputed != chained { computed = record.digest(chainedTo: recomputed) }
        let isIntact = computed == stored || !isChainKnown
        (chained, recomputed) = (stored, isIntact ? stored : computed)
        isChainKnown = true
        return isIntact
    }

    private mutating func verifyTopics() throws(LMDBError) {
        var indexed = NameTable<TopicChecksum>()
        let head = result.head.rawValue
        try store.visitTopicIndex { topic, offset, newest in
            // A writer may have appended since; an entry beyond its newest event is an error.
            if offset <= head ? !unknown.contains(offset) : offset > newest {
                indexed.update(topic.span.bytes, from: TopicChecksum()) { $0.add(offset) }
            }
        }
        let others = indexed.entries.map(\.name).filter { topics[$0.span.bytes] == nil }
        for name in (topics.entries.map(\.name) + others).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let (found, expected) = (
                indexed[name.span.bytes] ?? TopicChecksum(), topics[name.span.bytes] ?? TopicChecksum()
            )
            guard found != expected else { continue }
            let topic = String(decoding: name, as: UTF8.self)
            result.add(
                .indexes,
                found.count == expected.count
                    ? "the index of topic \(topic) leads to events of other topics"
                    : "the index of topic \(topic) has \(found.count) offsets for \(expected.count) events")
        }
    }

    private mutating func verifyIDs() throws(LMDBError) {
        var indexed = 0
        let head = result.head.rawValue
        try store.visitIDs { offset, newest in
            if offset <= head ? !unknown.contains(offset) : offset > newest { indexed += 1 }
        }
        if indexed != ids {
            result.add(.indexes, "the index of ids has \(indexed) entries for \(ids) events with an id")
        }
    }

    /// Compares the counts of types. Counts do not show which events they include, so they are compared with the events of
    /// one moment, and only when the type of every event is known.
    private mutating func verifyTypes() throws(LMDBError) {
        guard unknown.ranges.isEmpty else { return }
        var expected = types
        var indexed = NameTable<UInt64>()
        var newest = result.head
        try store.environment.read { transaction throws(LMDBError) in
            var cursor = try transaction.cursor(store.events)
            if try cursor.move(.last) { newest = max(newest, Offset(cursor.integerKey)) }
            try store.visitTypes(in: transaction) { name, count in indexed.update(name, from: 0) { $0 = count } }
        }
        var reached = result.head
        while reached < newest {
            do throws(ReadError) {
                reached = try store.scan(after: reached, through: newest, filter: .all) { view in
                    expected.update(view.type, from: 0) { $0 += 1 }
                    return true
                }
            } catch .storage(let error) {
                throw error
            } catch {
                // The error is after the head of this verification, so the next verification reports it.
                return
            }
        }
        for (name, count) in expected.entries where indexed[name.span.bytes] != count {
            addTypeProblem(name, indexed[name.span.bytes] ?? 0, count)
        }
        for (name, count) in indexed.entries where expected[name.span.bytes] == nil { addTypeProblem(name, count, 0) }
    }

    private mutating func addTypeProblem(_ name: [UInt8], _ indexed: UInt64, _ count: UInt64) {
        result.add(
            .indexes,
            "the index of types has \(indexed) for the \(count) events of type \(String(decoding: name, as: UTF8.self))"
        )
    }
}

/// The count of a topic's offsets, and a checksum that changes with a missing, repeated or wrong offset.
private struct TopicChecksum: Equatable {
    var count = 0
    var sum: UInt64 = 0

    mutating func add(_ offset: UInt64) {
        count += 1
        sum &+= (offset ^ (offset >> 31)) &* 0x9E37_79B9_7F4A_7C15
    }
}

/// Ascending ranges of offsets.
struct OffsetRanges {
    private(set) var ranges: [ClosedRange<UInt64>] = []

    /// Adds offsets that are greater than all added before.
    mutating func append(_ first: Offset, through last: Offset) {
        if let previous = ranges.last, previous.upperBound + 1 == first.rawValue {
            ranges[ranges.count - 1] = previous.lowerBound...last.rawValue
        } else {
            ranges.append(first.rawValue...last.rawValue)
        }
    }

    func contains(_ offset: UInt64) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < offset { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(offset)
    }
}
