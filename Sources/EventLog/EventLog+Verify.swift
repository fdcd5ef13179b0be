extension EventLog {
    /// Recomputes the digest chain from the first event to the head, and holds
    /// the indexes and snapshots against it.
    ///
    /// Reads in short transactions, so a writer is not held up; takes memory for the topics and what is damaged.
    ///
    /// - Parameter progress: gets the last offset dealt with, every few thousand events.
    public func verify(progress: (Offset) -> Void = { _ in }) throws(ReadError) -> Verification {
        var verifier = Verifier(store, head: head)
        return try verifier.run(progress: progress)
    }
}
