internal import LMDB

extension EventLog {
    /// Removes the events before `offset` permanently; projections continue from a snapshot.
    ///
    /// First a snapshot of each projection is stored, also of one that began after trimmed events. Then the events and
    /// their index entries are removed, a bounded number in each transaction. The event at the head always stays. The chain of digests can be verified from the first event
    /// kept. A read of trimmed events throws ``ReadError/gone(first:)``. When the process is killed in between, the log is
    /// sound and begins somewhere before `offset`. May run beside a writer in another process (``Access/maintain``).
    ///
    /// The file does not shrink: the free pages are used for new events.
    ///
    /// - Parameters:
    ///   - offset: the first event to keep.
    ///   - projections: all projections that are used with this log. A projection that has stored snapshots and is not
    ///     given must have one that is new enough; ``removeSnapshots(where:)`` removes those of unused projections.
    ///   - keepsPast: whether past states from the first event kept on stay available: then a snapshot right before that
    ///     event is stored, and stays. Otherwise a snapshot at the head is stored.
    ///   - progress: gets the first offset kept, after each transaction.
    /// - Returns: the number of events removed.
    /// - Throws: ``MaintenanceError``.
    @discardableResult
    public func trim(
        before offset: Offset, projections: [any Projection], keepsPast: Bool = true,
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
                    "the state of \(snapshot.name) is \(snapshot.state.count) bytes; the limit is \(Snapshot.maximumState)",
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

    private func snapshot<Source: Projection>(
        of projection: Source, at offset: Offset
    ) throws(MaintenanceError) -> Snapshot {
        var fold = Fold(projection, store)
        do throws(ReadError) {
            let state = try fold.state(through: offset)
            return Snapshot(name: projection.name, offset: offset, state: projection.encode(state))
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
    /// The first offset that `retention` keeps, for ``trim(before:projections:keepsPast:progress:)``.
    ///
    /// For the limit in bytes, the number of events to remove is estimated from their average size.
    ///
    /// - Throws: `.damaged`, `.storage`.
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

/// Which events are kept: those within all of the limits.
public struct Retention: Hashable, Sendable {
    /// The largest age of an event; nil for no limit.
    public var age: Duration?
    /// The largest number of events; nil for no limit.
    public var events: UInt64?
    /// The largest size of the records in the file, in bytes, without indexes and snapshots; nil for no limit.
    public var bytes: Int?

    /// Makes a retention; nil means no limit.
    public init(age: Duration? = nil, events: UInt64? = nil, bytes: Int? = nil) {
        self.age = age
        self.events = events
        self.bytes = bytes
    }

    /// Whether every event is kept.
    public var isUnbounded: Bool { self == Retention() }
}

/// Why a log was not trimmed or repaired completely; the same call continues where it stopped.
public enum MaintenanceError: Error, Equatable, Sendable {
    /// The events, or the snapshots that must replace them, cannot be read.
    case read(ReadError)
    /// A transaction failed.
    case write(AppendError)
    /// A projection could not be rebuilt after the trim: its newest usable snapshot, if any, is older than the last event
    /// to remove.
    case uncovered(projection: String, newest: Offset?)
}

extension MaintenanceError: CustomStringConvertible {
    /// One sentence: what failed, and what to do.
    public var description: String {
        switch self {
        case .read(let error): "\(error)"
        case .write(let error): "\(error)"
        case .uncovered(let projection, let newest):
            "the projection \(projection) could not be rebuilt after the trim: \(newest.map { "its newest snapshot is at offset \($0)" } ?? "it has no usable snapshot"); store a newer snapshot first"
        }
    }
}
