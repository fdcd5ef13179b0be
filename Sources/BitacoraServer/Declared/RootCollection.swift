import EventLog
import KeyedRows

/// A collection with `from`, and those grouped from it: their states now and in the past.
final class RootCollection: Sendable {
    let projector: Projector<CollectionProjection>
    let history: StateHistory<CollectionProjection>
    private let log: EventLog
    private let limiter: ConcurrencyLimiter

    /// - Parameter limiter: limits how many past states are computed at once.
    init(_ projector: Projector<CollectionProjection>, in log: EventLog, limiter: ConcurrencyLimiter) {
        self.projector = projector
        self.log = log
        self.limiter = limiter
        history = StateHistory(projector, in: log)
    }

    var definition: CollectionDefinition { projector.projection.definition }

    /// The states as of an offset.
    ///
    /// - Throws: the errors of `ServedCollection.state(at:)`.
    func state(at offset: Offset) async throws -> CollectionSet {
        let newest = projector.value
        if offset == newest.offset { return newest.state }
        try StateOffset.check(offset, field: nil, in: log, head: newest.offset)
        do {
            return try await limiter.run { [history] in try history.state(at: offset) }
        } catch let error as ReadError {
            throw Problem(noStateAt: "\(offset)", error)
        }
    }
}
