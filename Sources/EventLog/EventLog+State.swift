extension EventLog {
    /// A projection's state at an offset, and how it came to be.
    public struct StateAt<State: Projection>: Sendable {
        public let state: State
        public let offset: Offset
        public let loading: Projector<State>.Loading
    }

    /// Makes the state of a projection as of `offset`: what a `Projector` had when that was the head.
    ///
    /// Takes the newest snapshot at or before `offset` that can be used and folds the events after it, in short
    /// reads; without a snapshot that is all of them. Needs no writer, so any process that reads the log may ask.
    ///
    /// - Parameter offset: at most the head; beyond it, the head is meant.
    /// - Throws: `.damaged` at the first record on the way that is not one; `.storage`.
    public func state<State: Projection>(_ type: State.Type = State.self, at offset: Offset) throws(ReadError) -> StateAt<State> {
        let offset = min(offset, head)
        var fold = Fold<State>(store)
        let state = try fold.state(through: offset)
        return StateAt(state: state, offset: offset, loading: fold.loading)
    }
}
