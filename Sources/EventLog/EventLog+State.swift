extension EventLog {
    /// The state of a projection at an offset, and how it was loaded.
    public struct StateAt<Source: Projection>: Sendable {
        /// The state.
        public let state: Source.State
        /// The last event that is part of the state.
        public let offset: Offset
        /// The snapshot and the number of events that the state was made from, and warnings.
        public let loading: Projector<Source>.Loading
    }

    /// Returns the state of a projection as of an offset.
    ///
    /// Folds the events after the newest usable snapshot at or before the offset, or all events when there is no such
    /// snapshot, in short read transactions. When events were trimmed and there is no such snapshot, begins after them where
    /// the projection allows that (``Projection/initial(afterTrimmed:)``); `loading.startedAfter` is then the offset of the
    /// last trimmed event. Any process that reads the log can call this; no writer is needed.
    ///
    /// - Parameters:
    ///   - projection: the projection.
    ///   - offset: the last event that is part of the state; an offset beyond the head means the head.
    /// - Throws: `.damaged` with the first record that cannot be read; `.gone` when events were trimmed, no snapshot
    ///   replaces them, and the projection cannot begin after them, or began later than `offset`; `.storage`.
    public func state<Source: Projection>(
        of projection: Source, at offset: Offset
    ) throws(ReadError) -> StateAt<Source> {
        let offset = min(offset, head)
        var fold = Fold(projection, store)
        let state = try fold.state(through: offset)
        return StateAt(state: state, offset: offset, loading: fold.loading)
    }

    /// Returns the state of a projection as of an offset, from its state as of an earlier offset.
    ///
    /// Folds the events between the two offsets. When some of them were trimmed, does the same as ``state(of:at:)``.
    ///
    /// - Parameters:
    ///   - projection: the projection.
    ///   - offset: an offset beyond the head means the head.
    ///   - earlier: the state as of `reached`.
    ///   - reached: at most `offset`, and at most the head.
    /// - Throws: `.damaged` with the first record that cannot be read; `.gone` when events were trimmed and no kept
    ///   snapshot replaces them; `.storage`.
    public func state<Source: Projection>(
        of projection: Source, at offset: Offset, from earlier: Source.State, reached: Offset
    ) throws(ReadError) -> StateAt<Source> {
        let offset = min(offset, head)
        precondition(reached <= offset, "a state at offset \(reached) is later than offset \(offset)")
        var state = earlier
        var loading = Projector<Source>.Loading()
        do throws(ReadError) {
            loading.folded = try Fold(projection, store).apply(after: reached, through: offset, to: &state)
        } catch .gone {
            return try self.state(of: projection, at: offset)
        }
        return StateAt(state: state, offset: offset, loading: loading)
    }
}
