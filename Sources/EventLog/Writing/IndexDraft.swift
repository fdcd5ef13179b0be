internal import LMDB

/// What the events of one transaction add to the indexes of topics and types.
struct IndexDraft {
    private var topics = NameTable<[UInt64]>()
    private var types = NameTable<UInt64>()

    mutating func add(_ event: borrowing EventView) {
        let offset = event.offset.rawValue
        topics.update(event.topic, from: []) { $0.append(offset) }
        types.update(event.type, from: 0) { $0 += 1 }
    }

    /// The last offset added to a topic.
    func last(of topic: RawSpan) -> Offset? { topics[topic]?.last.map(Offset.init(_:)) }

    /// Writes it; the last thing before the commit.
    func write(to transaction: inout WriteTransaction, _ store: Store) throws(LMDBError) {
        for (topic, offsets) in topics.entries {
            try transaction.appendDuplicates(store.topics, topic.span.bytes, offsets)
        }
        for (type, count) in types.entries {
            let known = try store.count(ofType: type.span.bytes, in: transaction)
            try transaction.put(store.types, type.span.bytes, known + count)
        }
    }
}
