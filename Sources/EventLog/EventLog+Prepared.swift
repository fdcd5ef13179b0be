/// Events checked and laid out for an append, on whichever thread made them.
///
/// Who appends much prepares the next batch while the writer commits the last.
package struct PreparedEvents: Sendable {
    let encoded: EncodedEvents

    /// - Parameter events: 1 … `EventLimits.batch`.
    /// - Throws: `.invalidEvent` or `.tooLarge`, naming the field and the bound.
    package init(_ events: [NewEvent], _ limits: EventLimits) throws(AppendError) {
        guard !events.isEmpty else { throw AppendError(.invalidEvent, "there is no event to append") }
        encoded = try EncodedEvents(events, limits)
    }
}

extension EventLog {
    /// Appends prepared events, as `append(_:)` does.
    package func append(_ events: PreparedEvents) async throws(AppendError) -> Receipt {
        let encoded = events.encoded
        return try await submit(.append(id: nil) { _ in encoded }, bytes: encoded.byteCount)
    }
}
