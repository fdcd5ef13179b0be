internal import LMDB

extension EventLog {
    /// Removes the events before `offset` for good; projections go on from a snapshot.
    ///
    /// First a snapshot of each projection is stored, then events go, some in each transaction, with what the
    /// indexes have of them. The event at the head always stays. The chain of digests stays verifiable from the
    /// first event kept. Readers that ask for what is gone get `ReadError.gone`. Ended in the middle, the log is
    /// whole and begins somewhere in between. May run beside a writer in another process (`Access.maintain`).
    ///
    /// The file does not shrink: what is freed is used for new events.
    ///
    /// - Parameters:
    ///   - projections: all that are used with this log. One with stored snapshots that is not named must have one
    ///     new enough.
    ///   - keepsPast: whether the states between the first event kept and the head can still be had: a snapshot is
    ///     stored right before it, and stays. Otherwise one at the head is enough.
    ///   - progress: gets the first offset kept, after each transaction.
    /// - Returns: how many events were removed.
    @discardableResult
    public func trim(
        before offset: Offset, projections: [any Projection.Type], keepsPast: Bool = true,
        progress: (Offset) -> Void = { _ in }
    ) async throws(MaintenanceError) -> Int {
        let end = min(offset, head)
        guard end > first else { return 0 }
        var snapshots: [Snapshot] = []
        for projection in projections {
            snapshots.append(try snapshot(of: projection, at: keepsPast ? end.previous : head))
        }
        for snapshot in snapshots where snapshot.state.count > Snapshot.maximumState {
            throw .write(
                AppendError(
                    .tooLarge,
                    "the state of \(snapshot.name) is \(snapshot.state.count) bytes; a snapshot may have \(Snapshot.maximumState)",
                    field: "state"))
        }
        try checkOthers(than: projections.map { $0.name }, cover: end.previous)
        try await store(snapshots, asBase: keepsPast ? end.previous : nil)
        var removed = 0
        while true {
            let count = try await maintaining { store throws(LMDBError) in
                try Trimmer(store: store).removeSome(before: end)
            }
            guard count > 0 else { return removed }
            removed += count
            progress(first)
        }
    }

    private func snapshot<State: Projection>(
        of projection: State.Type, at offset: Offset
    ) throws(MaintenanceError) -> Snapshot {
        var fold = Fold<State>(store)
        do throws(ReadError) {
            return Snapshot(name: State.name, offset: offset, state: try fold.state(through: offset).encoded())
        } catch {
            throw .read(error)
        }
    }

    private func checkOthers(than names: [String], cover offset: Offset) throws(MaintenanceError) {
        let newest: [String: Offset?]
        do throws(LMDBError) {
            let others = Set(try Snapshot.stored(in: store).map(\.name)).subtracting(names)
            var found: [String: Offset?] = [:]
            for name in others {
                found.updateValue(try Snapshot.newest(name, through: .end, in: store)?.offset, forKey: name)
            }
            newest = found
        } catch {
            throw .read(.storage(error))
        }
        for (name, newest) in newest where newest.map({ $0 < offset }) ?? true {
            throw .uncovered(projection: name, newest: newest)
        }
    }

    private func store(_ snapshots: [Snapshot], asBase base: Offset?) async throws(MaintenanceError) {
        try await maintaining { store throws(LMDBError) in
            try store.write { transaction throws(LMDBError) in
                try transaction.put(store.metaDatabase, .base, base?.rawValue ?? 0)
                for snapshot in snapshots { try snapshot.write(to: &transaction, store) }
                return .commit(())
            }
        }
    }

    private func maintaining<Result: Sendable>(
        _ body: @escaping @Sendable (Store) throws(LMDBError) -> Result
    ) async throws(MaintenanceError) -> Result {
        do throws(AppendError) {
            return try await maintain(body)
        } catch {
            throw .write(error)
        }
    }
}

extension EventLog {
    /// The first offset that `retention` keeps: what to `trim` before.
    ///
    /// How many events too many bytes are is estimated from what one takes on average.
    public func firstKept(by retention: Retention, now: Timestamp = .now()) throws(ReadError) -> Offset {
        let (first, head) = (first, head)
        var kept = first
        if let count = retention.events, head.rawValue > count { kept = max(kept, Offset(head.rawValue - count + 1)) }
        if let age = retention.age { kept = max(kept, try offset(at: now - age)) }
        if let limit = retention.bytes {
            let (bytes, count) = try eventSize()
            if bytes > limit {
                kept = max(
                    kept,
                    Offset(
                        first.rawValue + UInt64((Double(bytes - limit) / Double(bytes) * Double(count)).rounded(.up))))
            }
        }
        return min(kept, max(head, first))
    }

    private func eventSize() throws(ReadError) -> (bytes: Int, count: Int) {
        do throws(LMDBError) {
            let pageSize = try store.environment.information().pageSize
            let statistics = try store.environment.read { transaction throws(LMDBError) in
                try transaction.statistics(store.events)
            }
            return (statistics.pages * pageSize, statistics.entries)
        } catch {
            throw .storage(error)
        }
    }
}

/// What of the past is kept; what goes beyond any of the bounds may be trimmed.
public struct Retention: Hashable, Sendable {
    /// Events older than this go.
    public var age: Duration?
    /// Of more events than this the oldest go.
    public var events: UInt64?
    /// When the records take more bytes of the file than this, the oldest events go. Indexes and snapshots do not count.
    public var bytes: Int?

    public init(age: Duration? = nil, events: UInt64? = nil, bytes: Int? = nil) {
        self.age = age
        self.events = events
        self.bytes = bytes
    }

    /// Whether everything is kept.
    public var isUnbounded: Bool { self == Retention() }
}

/// Why a log was not trimmed or repaired, or not to the end: doing it again goes on from there.
public enum MaintenanceError: Error, Equatable, Sendable {
    /// The events, or the snapshots that must stand in for them, cannot be read.
    case read(ReadError)
    /// A transaction failed.
    case write(AppendError)
    /// A projection would lose what it is made of: its newest usable snapshot, if any, is older than what would go.
    case uncovered(projection: String, newest: Offset?)
}

extension MaintenanceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .read(let error): "\(error)"
        case .write(let error): "\(error)"
        case .uncovered(let projection, let newest):
            "the projection \(projection) could not be made any more: its newest snapshot is \(newest.map { "of offset \($0)" } ?? "none"); save a newer one first"
        }
    }
}
