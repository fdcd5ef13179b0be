internal import LMDB

/// Folds the events after the newest usable snapshot into a state.
struct Fold<Source: Projection> {
    typealias State = Source.State

    private let projection: Source
    private let store: Store
    private(set) var loading = Projector<Source>.Loading()

    init(_ projection: Source, _ store: Store) {
        self.projection = projection
        self.store = store
    }

    /// - Throws: `.gone` when events were trimmed, no usable snapshot replaces them, and the projection cannot begin after
    ///   them.
    mutating func state(through head: Offset) throws(ReadError) -> State {
        while true {
            let first = store.first()
            do throws(ReadError) {
                loading = Projector<Source>.Loading()
                return try attempt(through: head, first)
            } catch .gone where store.first() > first {
                // A trim in the meantime has stored a newer snapshot, which can be used.
                continue
            }
        }
    }

    /// - Parameter first: the first offset kept before the attempt. When it changes during the attempt, this throws `.gone`.
    private mutating func attempt(through head: Offset, _ first: Offset) throws(ReadError) -> State {
        var state: State
        if let loaded = try newestSnapshot(through: head, first) {
            state = loaded
        } else if let initial = try stateAfterTrimmed(through: head, first) {
            state = initial
        } else {
            state = projection.initial
        }
        loading.folded = try apply(after: loading.startedAfter ?? loading.snapshot, through: head, to: &state)
        return state
    }

    /// The state of the newest snapshot that can be read, and that events follow without a gap.
    private mutating func newestSnapshot(through head: Offset, _ first: Offset) throws(ReadError) -> State? {
        var limit = head
        do throws(LMDBError) {
            while let snapshot = try Snapshot.newest(
                projection.name, through: limit, in: store,
                damaged: {
                    loading.warnings.append(
                        "the snapshot of \(projection.name) at offset \($0) is damaged; it was not used")
                })
            {
                // Of an older snapshot, too, events that follow were trimmed. A state at the snapshot itself needs none.
                guard snapshot.offset >= first.previous || snapshot.offset == head else { break }
                if let decoded = try? projection.decode(snapshot.state) {
                    loading.snapshot = snapshot.offset
                    return decoded
                }
                loading.warnings.append(
                    "the snapshot of \(projection.name) at offset \(snapshot.offset) cannot be read by this version; it was not used"
                )
                guard snapshot.offset > .start else { break }
                limit = snapshot.offset.previous
            }
            return nil
        } catch {
            throw .storage(error)
        }
    }

    /// The state that the projection begins with after trimmed events.
    ///
    /// - Returns: nil when nothing was trimmed, when the projection needs every event, or when the projection had an earlier
    ///   beginning that no snapshot replaces.
    private mutating func stateAfterTrimmed(through head: Offset, _ first: Offset) throws(ReadError) -> State? {
        let start: Offset?
        do throws(LMDBError) {
            start = try store.foldStart(of: projection.name, through: head)
        } catch {
            throw .storage(error)
        }
        guard let start, let state = projection.initial(afterTrimmed: start) else { return nil }
        // A trim since then may have stored a snapshot.
        guard start == first.previous else { throw .gone(first: start.next) }
        loading.startedAfter = start
        loading.warnings.append(
            "the state of \(projection.name) begins after offset \(start): the events before were trimmed, and no usable snapshot replaces them"
        )
        return state
    }

    /// Applies every event after `reached` and through `offset`, to a state as of `reached`.
    ///
    /// - Returns: the number of events applied.
    /// - Throws: `.gone` when one of them was trimmed; `state` must then be discarded.
    func apply(after reached: Offset, through offset: Offset, to state: inout State) throws(ReadError) -> Int {
        var applied = 0
        var after = reached
        projection.beginFold(into: &state)
        while after < offset {
            // A scan from offset 0 skips trimmed events; here they are an error.
            var next = after.next
            var isWhole = true
            after = try store.scan(after: after, through: offset, filter: .all) { view in
                isWhole = view.offset == next
                guard isWhole else { return false }
                next = next.next
                projection.apply(view, to: &state)
                applied += 1
                return true
            }
            guard isWhole, next > after else { throw .gone(first: store.first()) }
        }
        projection.endFold(into: &state)
        return applied
    }
}

extension Store {
    /// The offset after which a projection without a usable snapshot at or before `limit` may begin, because the events up
    /// to there were trimmed.
    ///
    /// Every trim stores a snapshot of each projection, so a projection without one began after the trim. The exception is a
    /// trim that does not keep the past, or that was interrupted: then past states of a projection that has a later
    /// snapshot are gone, since beginning again would give other states than those that existed.
    ///
    /// - Returns: nil when nothing was trimmed, or when such a projection has no state at `limit`.
    fileprivate func foldStart(of name: String, through limit: Offset) throws(LMDBError) -> Offset? {
        let (kept, base) = try environment.read { transaction throws(LMDBError) in
            let base: UInt64 = try transaction.integer(metaDatabase, .base) ?? 0
            return (try first(in: transaction), Offset(base))
        }
        let start = kept.previous
        guard start > .start, start <= limit else { return nil }
        if base == .start || base > limit,
            try Snapshot.stored(in: self).contains(where: { $0.name == name && $0.offset > limit })
        {
            return nil
        }
        return start
    }
}
