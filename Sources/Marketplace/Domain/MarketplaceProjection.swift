public import EventLog

/// Folds the log into the state of the marketplace.
public struct MarketplaceProjection: Projection {
    /// The name of its snapshots.
    public let name = "marketplace"
    /// A marketplace without products, messages and auctions.
    public let initial = MarketplaceState()

    /// Makes the projection.
    public init() {}

    /// Folds one event; see `MarketplaceState.apply`.
    public func apply(_ event: borrowing EventView, to state: inout MarketplaceState) {
        guard event.isJSON else { return }
        state.apply(
            offset: event.offset.rawValue, time: event.time, topic: event.topicText, type: event.typeText,
            data: event.data)
    }

    /// Returns the state as JSON; see `MarketplaceState.encoded()`.
    public func encode(_ state: MarketplaceState) -> [UInt8] { state.encoded() }

    /// Reads what `encode` wrote.
    ///
    /// - Throws: `SnapshotError` when the bytes are not a state that this version reads.
    public func decode(_ bytes: [UInt8]) throws -> MarketplaceState { try MarketplaceState(decoding: bytes) }
}

extension Timestamp {
    /// The time a number of seconds later; the latest possible time when the sum is out of range.
    func adding(seconds: Int) -> Timestamp {
        let (span, isLong) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, isLate) = rawValue.addingReportingOverflow(span)
        return Timestamp(microseconds: isLong || isLate ? .max : sum)
    }

    /// The whole seconds until a later time, rounded up.
    func seconds(until later: Timestamp) -> Int {
        let (span, isLong) = later.rawValue.subtractingReportingOverflow(rawValue)
        return isLong ? .max : Int(max(span, 0) / 1_000_000 + (max(span, 0) % 1_000_000 > 0 ? 1 : 0))
    }
}
