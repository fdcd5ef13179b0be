/// A fold over the log: a state that each event may change.
///
/// A projection is a value, so that one can be made at run time, for example from a file. The log publishes the
/// state after every commit, so copies of a state should be cheap (persistent collections, copy on write).
///
/// ```swift
/// struct Total: Projection {
///     let name = "total"
///     let initial = 0
///     func apply(_ event: borrowing EventView, to state: inout Int) { state += 1 }
///     func encode(_ state: Int) -> [UInt8] { Array("\(state)".utf8) }
///     func decode(_ bytes: [UInt8]) throws -> Int { Int(String(decoding: bytes, as: UTF8.self)) ?? 0 }
/// }
/// ```
public protocol Projection<State>: Sendable {
    /// What the events are folded into.
    associatedtype State: Sendable

    /// The name of the projection's snapshots: 1 to `Snapshot.maximumName` bytes, unique among the projections of a log.
    ///
    /// A projection that folds differently from the one that wrote the stored snapshots needs another name, or must
    /// throw in ``decode(_:)``.
    var name: String { get }

    /// The state before the first event.
    var initial: State { get }

    /// The state to begin with when the events up to an offset were trimmed and no snapshot replaces them.
    ///
    /// Called with the offset before the first event that is kept. The state of an earlier offset does not exist.
    ///
    /// - Returns: nil when the projection needs every event; the log then has no state of the projection.
    func initial(afterTrimmed offset: Offset) -> State?

    /// Folds one event into the state.
    ///
    /// Called for every event in the order of offsets, for known and unknown types alike, so it cannot throw: an event
    /// that the projection does not use, or that it finds invalid, leaves the state as it is. It runs on the writer's
    /// thread and delays every producer.
    func apply(_ event: borrowing EventView, to state: inout State)

    /// Begins a fold of many events. Nobody reads the state before ``endFold(into:)``.
    ///
    /// In between, a projection may postpone work that is cheaper for many events together, in bounded memory, or do a part
    /// of the work on another thread. When the fold fails, ``endFold(into:)`` is not called, and the state is released.
    /// Events that producers wait for are folded one by one, without this call.
    func beginFold(into state: inout State)

    /// Ends a fold that ``beginFold(into:)`` began, after the last event of the fold.
    ///
    /// The state must then be the same as after ``apply(_:to:)`` of these events alone.
    func endFold(into state: inout State)

    /// Returns the state as bytes, for a snapshot.
    ///
    /// Equal states must give equal bytes: verification compares a stored snapshot with a state that it folds again.
    func encode(_ state: State) -> [UInt8]

    /// Returns the state that a snapshot holds.
    ///
    /// - Throws: any error when the bytes are not a state that this projection can read, such as one that another
    ///   version has written. The log then skips the snapshot and folds from an older one.
    func decode(_ bytes: [UInt8]) throws -> State
}

extension Projection {
    /// The projection needs every event.
    public func initial(afterTrimmed offset: Offset) -> State? { nil }

    /// The projection postpones nothing.
    public func beginFold(into state: inout State) {}

    /// The projection has postponed nothing.
    public func endFold(into state: inout State) {}
}
