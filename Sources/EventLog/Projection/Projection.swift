/// A fold over the log: a value that each event may change.
///
/// Every commit publishes the value, so copies should be cheap (persistent
/// collections, copy on write).
public protocol Projection: Sendable {
    /// What its snapshots are called; at most `Snapshot.maximumName` bytes.
    static var name: String { get }

    /// The state before everything.
    init()

    /// Folds one event; must not fail on any, known to it or not.
    mutating func apply(_ event: borrowing EventView)

    /// The state as bytes, for a snapshot. Equal states must give equal bytes: `verify` compares them.
    func encoded() -> [UInt8]

    /// - Throws: when the bytes are not a state it can read, such as one of another version.
    init(decoding bytes: [UInt8]) throws
}
