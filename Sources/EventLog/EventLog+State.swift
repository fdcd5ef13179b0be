extension EventLog {
    /// A projection's state at an offset, and how it came to be.
    public struct StateAt<Source: Projection>: Sendable {
        /// The state.
        public let state: Source.State
        /// The last event that is part of the state.
        public let offset: Offset
        /// The snapshot and the number of events that the state was made from, and warnings.
        public let loading: Projector<Source>.Loading
    }

    /// Makes the state of a projection as of `offset`: what a `Projector` had when that was the head.
    ///
    /// Takes the newest snapshot at or before `offset` that can be used and folds the events after it, in short
    /// reads; without a snapshot that is all of them. Needs no writer, so any process that reads the log may ask.
    ///
    /// - Parameter offset: at most the head; beyond it, the head is meant.
    /// - Throws: `.damaged` at the first record on the way that is not one; `.storage`.
    public func state<Source: Projection>(
        of projection: Source, at offset: Offset
    ) throws(ReadError) -> StateAt<Source> {
        let offset = min(offset, head)
        var fold = Fold(projection, store)
        let state = try fold.state(through: offset)
        return StateAt(state: state, offset: offset, loading: fold.loading)
    }

    /// Makes the state of a projection as of `offset` from its state as of an earlier offset.
    ///
    /// Folds the events between the two, or does what `state(of:at:)` does when some of them were trimmed.
    ///
    /// - Parameters:
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
