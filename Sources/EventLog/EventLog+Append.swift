extension EventLog {
    /// Appends events and makes them durable together, all or none.
    ///
    /// The offsets are consecutive, except for events whose id is already in the log: these get the offset of the first
    /// event with that id. One sync serves every append that waits at the same time. Readers see none of the events before
    /// this returns.
    ///
    /// - Parameter events: 1 … ``EventLimits/batch`` events.
    /// - Throws: ``AppendError``; then none of the events was written.
    @discardableResult
    public func append(_ events: [NewEvent]) async throws(AppendError) -> Receipt {
        try await append(try PreparedEvents(events, limits))
    }

    /// Appends an event and makes it durable.
    ///
    /// - Throws: ``AppendError``; then the event was not written.
    @discardableResult
    public func append(_ event: NewEvent) async throws(AppendError) -> Receipt {
        try await append([event])
    }

    /// Tests whether the log takes events again after a ``failure``.
    ///
    /// While appends fail, this writes as much as the largest refused append, which no reader sees, and removes it: three
    /// syncs, at most once a second. An earlier call throws the known failure. While appends work, this only checks that
    /// the files in the directory are still the ones that were opened.
    ///
    /// - Throws: the reason why the log takes no events.
    public func probe() async throws(AppendError) {
        if let failure {
            guard claimProbe() else { throw failure }
        } else if checkFiles() {
            return
        }
        _ = try await submit(.probe, bytes: 0)
    }

    /// Stores the state of a projection; the newest ``Snapshot/kept`` snapshots of each projection stay.
    ///
    /// - Throws: `.tooLarge` for a name or a state over its limit; `.invalidEvent` for an offset beyond the head.
    public func save(_ snapshot: Snapshot) async throws(AppendError) {
        guard (1...Snapshot.maximumName).contains(snapshot.name.utf8.count), !snapshot.name.utf8.contains(0) else {
            throw AppendError(
                .tooLarge, "the name of a snapshot must have 1 to \(Snapshot.maximumName) bytes", field: "name")
        }
        guard snapshot.offset <= head else {
            throw AppendError(
                .invalidEvent, "the snapshot is at offset \(snapshot.offset), beyond the head \(head)", field: "offset")
        }
        guard snapshot.state.count <= Snapshot.maximumState else {
            throw AppendError(
                .tooLarge, "the state is \(snapshot.state.count) bytes; the limit is \(Snapshot.maximumState)",
                field: "state")
        }
        _ = try await submit(.snapshot(snapshot), bytes: snapshot.state.count)
    }

    /// Folds the log into the state of a projection, from its newest usable snapshot on, and keeps the state at the head.
    ///
    /// The history is folded on a thread of its own, so the log takes appends in the meantime.
    ///
    /// - Returns: the projector, whose state is that of the head or later.
    /// - Throws: `.failed` when the state cannot be made, for example because events were trimmed and no usable snapshot
    ///   replaces them; `.closed`.
    public func project<Source: Projection>(_ projection: Source) async throws(AppendError) -> Projector<Source> {
        let projector = Projector(projection, log: self)
        try await projector.attach()
        return projector
    }
}

/// The result of an append: the offsets of its events, which are durable now.
public struct Receipt: Hashable, Sendable {
    /// The offset of each event, in the order of the append; for an event whose id was already in the log, the offset of
    /// the first event with that id.
    public let offsets: [Offset]
    /// The number of events whose id was already in the log.
    public let duplicates: Int
    /// The last offset of the log after this append.
    public let head: Offset

    /// The last of ``offsets``; the head when there are none.
    public var offset: Offset { offsets.last ?? head }
}
