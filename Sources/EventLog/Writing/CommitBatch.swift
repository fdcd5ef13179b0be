internal import JSON
internal import LMDB

/// The events that one transaction appends.
struct CommitBatch {
    private let store: Store
    private let stages: [any ProjectionStage]
    private let now: LogClock.Reading
    private(set) var logEnd: Store.LogEnd
    /// The size of the records added.
    private(set) var bytes = 0
    private var indexes = IndexUpdates()

    init(store: Store, stages: [any ProjectionStage], logEnd: Store.LogEnd, now: LogClock.Reading) {
        self.store = store
        self.stages = stages
        self.logEnd = logEnd
        self.now = now
    }

    /// Appends the events that `decide` returns, all or none, unless the log already has an event with the id `id`.
    mutating func append(
        id: String?, _ decide: (Timestamp) -> EncodedEvents?, to transaction: inout WriteTransaction
    ) throws(LMDBError) -> Result<Receipt, AppendError> {
        if let id, let known = try store.offset(ofID: id.utf8Span.span.bytes, in: transaction) {
            return .success(Receipt(offsets: [known], duplicates: 1, head: logEnd.head))
        }
        let events = decide(undated) ?? .none
        if let latest = events.latest, let ahead = EventLimits.problem(of: latest, now: now.clock) {
            return .failure(ahead)
        }
        if let conflict = try conflict(of: events, in: transaction) { return .failure(conflict) }
        switch try dispositions(of: events, in: transaction) {
        case .success(let dispositions): return .success(try add(events, dispositions, to: &transaction))
        case .failure(let error): return .failure(error)
        }
    }

    private mutating func add(
        _ events: EncodedEvents, _ dispositions: [Disposition], to transaction: inout WriteTransaction
    ) throws(LMDBError) -> Receipt {
        var offsets: [Offset] = []
        offsets.reserveCapacity(events.count)
        var duplicates = 0
        for index in 0..<events.count {
            switch dispositions.isEmpty ? .new : dispositions[index] {
            case .new:
                try add(events[index], parsed: events.parsedData(at: index), to: &transaction)
                offsets.append(logEnd.head)
            case .known(let offset):
                offsets.append(offset)
                duplicates += 1
            case .repeats(let earlier):
                offsets.append(offsets[earlier])
                duplicates += 1
            }
        }
        return Receipt(offsets: offsets, duplicates: duplicates, head: logEnd.head)
    }

    /// Writes the indexes; the last step before the commit.
    func finish(_ transaction: inout WriteTransaction) throws(LMDBError) {
        try indexes.write(to: &transaction, store)
    }

    /// What happens with an event of an append.
    private enum Disposition {
        /// The event is added.
        case new
        /// The event is in the log.
        case known(Offset)
        /// The event repeats an earlier event of the same append, which has this index.
        case repeats(Int)
    }

    /// Looks up all ids of an append before its first event is added, so that the append is all or nothing.
    ///
    /// - Returns: empty when all events are new.
    private func dispositions(
        of events: borrowing EncodedEvents, in transaction: borrowing WriteTransaction
    ) throws(LMDBError) -> Result<[Disposition], AppendError> {
        guard events.haveIDs else { return .success([]) }
        var dispositions: [Disposition] = []
        dispositions.reserveCapacity(events.count)
        var indexes: [[UInt8]: Int] = [:]
        for index in 0..<events.count {
            guard let event = view(events[index]), event.id.byteCount > 0 else {
                dispositions.append(.new)
                continue
            }
            if let known = try store.offset(ofID: event.id, in: transaction) {
                guard try hasSameContent(event, at: known, in: transaction) else {
                    return .failure(idConflict(event.id, "at offset \(known)").at(index, of: events.count))
                }
                dispositions.append(.known(known))
            } else if events.count > 1, let earlier = indexes.updateFirst(event.id.array, index),
                let first = view(events[earlier])
            {
                guard first.hasSameContent(as: event) else {
                    return .failure(idConflict(event.id, "earlier in the same append").at(index, of: events.count))
                }
                dispositions.append(.repeats(earlier))
            } else {
                dispositions.append(.new)
            }
        }
        return .success(dispositions)
    }

    @_lifetime(copy record)
    private func view(_ record: RawSpan) -> EventView? { EventView(record, at: .start) }

    private func idConflict(_ id: RawSpan, _ location: String) -> AppendError {
        AppendError(.idConflict, "id \(id.string) belongs to another event, \(location); use a new id", field: "id")
    }

    private func hasSameContent(
        _ event: borrowing EventView, at offset: Offset, in transaction: borrowing WriteTransaction
    ) throws(LMDBError) -> Bool {
        guard let record = try transaction.get(store.events, offset.rawValue), let known = EventView(record, at: offset)
        else { return false }
        return known.hasSameContent(as: event)
    }

    private func conflict(
        of events: borrowing EncodedEvents, in transaction: borrowing WriteTransaction
    ) throws(LMDBError) -> AppendError? {
        for (index, expected) in events.expectations {
            guard let event = view(events[index]) else { continue }
            // A retry repeats the expectation that was true at the first append.
            if event.id.byteCount > 0, try store.offset(ofID: event.id, in: transaction) != nil { continue }
            var last = indexes.last(of: event.topic)
            if last == nil { last = try store.last(of: event.topic, in: transaction) }
            guard let last, last != expected else { continue }
            return AppendError(
                .conflict,
                "topic \(event.topic.string) is at offset \(last), not \(expected); read the topic again and decide again",
                field: "expectedOffset"
            ).at(index, of: events.count)
        }
        return nil
    }

    /// The time of an event that has none of its own: the log's time, or the later time of an event before it.
    private var undated: Timestamp { max(now.time, logEnd.time) }

    private func time(of event: borrowing EventView) -> Timestamp {
        guard event.time != RecordLayout.undated else { return undated }
        // The time of an empty log is the time at which it was created: its first event may be older.
        return logEnd.head == .start ? event.time : max(event.time, logEnd.time)
    }

    /// - Parameter parsed: the event's data, if the producer has them parsed.
    private mutating func add(
        _ encoded: RawSpan, parsed: JSONValue?, to transaction: inout WriteTransaction
    ) throws(LMDBError) {
        let offset = logEnd.head.next
        guard let event = EventView(encoded, at: offset) else { preconditionFailure("an encoded record is a record") }
        let time = time(of: event)
        let previous = logEnd.digest
        let stages = stages
        var digest = previous
        try transaction.append(store.events, offset.rawValue, count: encoded.byteCount) { record in
            digest = RecordLayout.seal(encoded, time: time, after: previous, into: record)
            guard !stages.isEmpty,
                var view = EventView(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(record)), at: offset)
            else { return }
            guard let parsed else {
                for stage in stages { stage.step(view) }
                return
            }
            withUnsafePointer(to: parsed) { pointer in
                view.parsed = pointer
                for stage in stages { stage.step(view) }
            }
        }
        if event.id.byteCount > 0 { try transaction.put(store.ids, event.id, offset.rawValue) }
        indexes.add(event)
        bytes += encoded.byteCount
        logEnd = Store.LogEnd(head: offset, digest: digest, time: time)
    }
}

extension Dictionary where Value == Int {
    /// Returns the value of `key`, or nil after setting it to `value`.
    fileprivate mutating func updateFirst(_ key: Key, _ value: Int) -> Int? {
        if let known = self[key] { return known }
        self[key] = value
        return nil
    }
}
