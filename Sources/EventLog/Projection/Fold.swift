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

    /// - Throws: `.gone` when events were trimmed and no usable snapshot replaces them.
    mutating func state(through head: Offset) throws(ReadError) -> State {
        while true {
            let first = store.first()
            do throws(ReadError) {
                loading = Projector<Source>.Loading()
                return try attempt(through: head)
            } catch .gone where store.first() > first {
                // A trim in the meantime has stored a newer snapshot, which can be used.
                continue
            }
        }
    }

    private mutating func attempt(through head: Offset) throws(ReadError) -> State {
        var state = projection.initial
        var limit = head
        do throws(LMDBError) {
            while let snapshot = try Snapshot.newest(
                projection.name, through: limit, in: store,
                damaged: {
                    loading.warnings.append(
                        "the snapshot of \(projection.name) at offset \($0) is damaged; it was not used")
                })
            {
                if let decoded = try? projection.decode(snapshot.state) {
                    state = decoded
                    loading.snapshot = snapshot.offset
                    break
                }
                loading.warnings.append(
                    "the snapshot of \(projection.name) at offset \(snapshot.offset) cannot be read by this version; it was not used"
                )
                guard snapshot.offset > .start else { break }
                limit = snapshot.offset.previous
            }
        } catch {
            throw .storage(error)
        }
        loading.folded = try apply(after: loading.snapshot, through: head, to: &state)
        return state
    }

    /// Applies every event after `reached` and through `offset`, to a state as of `reached`.
    ///
    /// - Returns: the number of events applied.
    /// - Throws: `.gone` when one of them was trimmed; `state` must then be discarded.
    func apply(after reached: Offset, through offset: Offset, to state: inout State) throws(ReadError) -> Int {
        var applied = 0
        var after = reached
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
        return applied
    }
}
