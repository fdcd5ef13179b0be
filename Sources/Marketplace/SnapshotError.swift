/// Why bytes are not a snapshot of the marketplace that this version can read.
///
/// A snapshot can always be left aside: the events of the log give the same state.
public struct SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the bytes.
    public let message: String

    /// The message, with the name of the projection before it.
    public var description: String { "snapshot of \(MarketplaceState.name): \(message)" }
}
