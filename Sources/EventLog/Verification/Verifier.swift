internal import LMDB

/// Recomputes the digest chain and holds the indexes against the events.
///
/// Each fault is told once, where it is. What a damaged or missing event would
/// have said (its topic, its id) is unknown, so the indexes are not blamed for
/// what they say about it.
struct Verifier {
    /// With more separate faults than this the indexes are not compared: it takes memory for each.
    private static let rememberedFaults = 100_000

    private let store: Store
    private var result: Verification
    private var next: Offset
    /// The digest the next record is chained to: as stored, and as recomputed
    /// where that differs, so that one flipped digest is one problem, not two.
    private var chained: Digest
    private var recomputed: Digest
    /// False after a gap: the digest the next record is chained to is lost.
    private var isChainKnown = true
    private var lastTime = Timestamp(rawValue: .min)
    /// The events that are damaged or missing.
    private var unknown = OffsetRanges()
    private var topics: [[UInt8]: TopicSum] = [:]
    private var ids = 0

    init(_ store: Store, head: Offset) {
        self.store = store
        result = Verification(first: store.meta.first, head: head)
        next = store.meta.first
        chained = store.meta.anchor
        // A log that begins with its first event is chained to its own id.
        recomputed = store.meta.first == 1 ? Digest(genesis: store.meta.logID) : store.meta.anchor
    }

    mutating func run(progress: (Offset) -> Void) throws(ReadError) -> Verification {
        if chained != recomputed { result.add("the log's id and the digest its first event is chained to do not agree") }
        do throws(LMDBError) {
            while next <= result.head {
                try verifyBlock()
                progress(next.previous)
            }
            if unknown.ranges.count <= Self.rememberedFaults {
                try verifyTopics()
                try verifyIDs()
            }
            try verifySnapshots()
        } catch {
            throw .storage(error)
        }
        return result
    }

    private mutating func verifyBlock() throws(LMDBError) {
        try store.environment.read { transaction throws(LMDBError) in
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

    private mutating func addMissing(through last: Offset) {
        result.add(next == last ? "event \(next) is missing" : "events \(next) to \(last) are missing", at: next)
        addUnknown(next, through: last)
        isChainKnown = false
    }

    private mutating func addUnknown(_ first: Offset, through last: Offset) {
        if unknown.ranges.count <= Self.rememberedFaults { unknown.append(first, through: last) }
    }

    private mutating func verify(
        _ record: RawSpan, at offset: Offset, _ transaction: borrowing ReadTransaction
    ) throws(LMDBError) {
        result.events += 1
        result.bytes += record.byteCount
        guard isIntact(record), let view = EventView(record, at: offset) else {
            addUnknown(offset, through: offset)
            return result.add("the digest does not match: this event was changed after it was written", at: offset)
        }
        if view.time < lastTime { result.add("the time goes back at this event", at: offset) }
        lastTime = max(lastTime, view.time)
        topics[view.topic.array, default: TopicSum()].add(offset.rawValue)
        guard view.id.byteCount > 0 else { return }
        ids += 1
        let indexed = try store.offset(ofID: view.id, in: transaction)
        if indexed != offset {
            result.add("the index of ids has \(indexed?.description ?? "nothing") for the id of this event", at: offset)
        }
    }

    /// Holds a record against the chain, and goes on from it.
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
        var indexed: [[UInt8]: TopicSum] = [:]
        let head = result.head.rawValue
        try store.visitTopicIndex { topic, offset, newest in
            // A writer may have gone on since; beyond its newest event nothing may be.
            if offset <= head ? !unknown.contains(offset) : offset > newest {
                indexed[topic, default: TopicSum()].add(offset)
            }
        }
        let names = Set(topics.keys).union(indexed.keys).sorted { $0.lexicographicallyPrecedes($1) }
        for name in names where topics[name] != indexed[name] {
            let counts = (indexed[name]?.count ?? 0, topics[name]?.count ?? 0)
            let topic = String(decoding: name, as: UTF8.self)
            result.add(
                counts.0 == counts.1
                    ? "the index of topic \(topic) leads to events of other topics"
                    : "the index of topic \(topic) has \(counts.0) offsets for \(counts.1) events")
        }
    }

    private mutating func verifyIDs() throws(LMDBError) {
        var indexed = 0
        let head = result.head.rawValue
        try store.visitIDs { offset, newest in
            if offset <= head ? !unknown.contains(offset) : offset > newest { indexed += 1 }
        }
        if indexed != ids { result.add("the index of ids has \(indexed) entries for \(ids) events with an id") }
    }

    private mutating func verifySnapshots() throws(LMDBError) {
        for info in try Snapshot.stored(in: store) where try Snapshot.read(info, in: store) == nil {
            result.add("the snapshot of \(info.name) at offset \(info.offset) is damaged; it is not used, and the next one replaces it")
        }
    }
}

/// The count of a topic's offsets, and a sum that no missing, doubled or foreign one keeps.
private struct TopicSum: Equatable {
    var count = 0
    var sum: UInt64 = 0

    mutating func add(_ offset: UInt64) {
        count += 1
        sum &+= (offset ^ (offset >> 31)) &* 0x9E37_79B9_7F4A_7C15
    }
}

extension RawSpan {
    /// The digest of this record when it follows one with digest `previous`.
    fileprivate func digest(chainedTo previous: Digest) -> Digest {
        withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 8) { copy in
                copy.copyMemory(from: bytes)
                copy.baseAddress.map(previous.write(to:))
                return Digest(of: UnsafeRawBufferPointer(copy))
            }
        }
    }
}
