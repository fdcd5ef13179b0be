internal import LMDB

/// The entries that the events of one transaction add to the indexes of topics and types.
struct IndexUpdates {
    private var topics = NameTable<[UInt64]>()
    private var types = NameTable<UInt64>()

    mutating func add(_ event: borrowing EventView) {
        let offset = event.offset.rawValue
        topics.update(event.topic, from: []) { $0.append(offset) }
        types.update(event.type, from: 0) { $0 += 1 }
    }

    /// The last offset added to a topic.
    func last(of topic: RawSpan) -> Offset? { topics[topic]?.last.map(Offset.init(_:)) }

    /// Writes the entries; the last step before the commit.
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

/// A dictionary of values by name, in the order in which the names were first added.
///
/// Names are compared as bytes: two strings that are equal in Swift may be different topics (Unicode's canonical
/// equivalence). A lookup does not copy the name, because there is one for every event.
struct NameTable<Value> {
    private(set) var entries: [(name: [UInt8], value: Value)] = []
    /// The index of an entry, by the hash of its name, or by the next number that was free.
    private var slots: [Int: Int] = [:]
    /// The entry that was used last: the next event often has the same name.
    private var recent = 0

    subscript(name: RawSpan) -> Value? {
        var hash = Self.hash(of: name)
        return slot(of: name, &hash).map { entries[$0].value }
    }

    /// Changes the value of a name; the value of a new name is `initial`.
    mutating func update(_ name: RawSpan, from initial: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        if recent < entries.count, name.isEqual(entries[recent].name) { return change(&entries[recent].value) }
        var hash = Self.hash(of: name)
        if let slot = slot(of: name, &hash) {
            recent = slot
        } else {
            recent = entries.count
            slots[hash] = recent
            entries.append((name.array, initial()))
        }
        change(&entries[recent].value)
    }

    /// - Parameter hash: where the search begins; afterwards, the free number for a name that is not found.
    private func slot(of name: RawSpan, _ hash: inout Int) -> Int? {
        while let slot = slots[hash] {
            if name.isEqual(entries[slot].name) { return slot }
            hash &+= 1
        }
        return nil
    }

    /// `Hasher` has another seed in each process, so that nobody can choose names that collide.
    private static func hash(of name: RawSpan) -> Int {
        var hasher = Hasher()
        name.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
