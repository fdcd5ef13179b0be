/// What is done for one kind of event.
struct EventHandler: Sendable {
    /// - Returns: the answer; nil where the handler gives none.
    /// - Throws: what the handler throws, `ArgumentError` for arguments that it does not take.
    let run: @Sendable (Arguments) async throws -> EncodedArguments?
    /// Whether it is let go when an event has come.
    var isOnce = false
}
