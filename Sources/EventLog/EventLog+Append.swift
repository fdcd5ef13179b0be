extension EventLog {
    /// Appends events and makes them durable together, all or none.
    ///
    /// Offsets are consecutive, except of events whose id the log has already.
    /// One sync serves every append that waits at the same time.
    ///
    /// - Parameter events: 1 … `EventLimits.batch`.
    /// - Throws: see `AppendError.Code`; nothing of it was written.
    @discardableResult
    public func append(_ events: [NewEvent]) async throws(AppendError) -> Receipt {
        try await append(try PreparedEvents(events, limits))
    }

    @discardableResult
    public func append(_ event: NewEvent) async throws(AppendError) -> Receipt {
        try await append([event])
    }

    /// Finds out whether the log takes events again, after `failure`.
    ///
    /// While appends fail, writes as much as the largest refused append, which no reader sees, and removes it: three
    /// syncs, at most once a second. A call before the second is over throws the known failure. While appends work, only
    /// checks that the log's files are still the ones that were opened.
    ///
    /// - Throws: the reason for which the log takes no events.
    public func probe() async throws(AppendError) {
        if let failure {
            guard claimProbe() else { throw failure }
        } else if checkFiles() {
            return
        }
        _ = try await submit(.probe, bytes: 0)
    }

    /// Stores a projection's state; of each projection the newest `Snapshot.kept` stay.
    public func save(_ snapshot: Snapshot) async throws(AppendError) {
        guard (1...Snapshot.maximumName).contains(snapshot.name.utf8.count), !snapshot.name.utf8.contains(0) else {
            throw AppendError(.tooLarge, "the name of a snapshot has 1 to \(Snapshot.maximumName) bytes", field: "name")
        }
        guard snapshot.offset <= head else {
            throw AppendError(
                .invalidEvent, "the state is of offset \(snapshot.offset), beyond the head \(head)", field: "offset")
        }
        guard snapshot.state.count <= Snapshot.maximumState else {
            throw AppendError(
                .tooLarge, "the state is \(snapshot.state.count) bytes; the limit is \(Snapshot.maximumState)",
                field: "state")
        }
        _ = try await submit(.snapshot(snapshot), bytes: snapshot.state.count)
    }

    /// Makes a projection that follows this log, from its newest snapshot on.
    public func project<State: Projection>(
        _ type: State.Type = State.self
    ) async throws(AppendError) -> Projector<State> {
        let projector = Projector<State>(log: self)
        try await projector.attach()
        return projector
    }
}

/// Where the events of an append are in the log, now durable.
public struct Receipt: Hashable, Sendable {
    /// The offset of each event, in the order given; for an id that the log
    /// had already, the offset it has had since.
    public let offsets: [Offset]
    /// How many of them were there already.
    public let duplicates: Int
    /// The last event of the log as of this append, itself included.
    public let head: Offset

    /// The last of `offsets`, or the head where nothing was appended.
    public var offset: Offset { offsets.last ?? head }
}
