import EventLog
import KeyedRows

/// A collection of a folder application, as a version of its definition declares it.
///
/// The value keeps its version: after the definition has changed, its states stay those of the earlier definition and
/// no longer follow the log. A reader that is notified of a change looks the collection up again, by name.
struct ServedCollection: Sendable {
    /// The name in `app.json`.
    let name: String
    /// Identifies the definition of the collection, with that of all collections it is grouped from
    /// (`CollectionIdentity`).
    let definition: String
    /// The last offset at which another definition of the collection may have been in force; `start` when the log never
    /// had another one.
    var since: Offset

    private let root: RootCollection
    private let index: Int

    /// - Parameters:
    ///   - root: the collection with `from` that this one is, or is grouped from.
    ///   - index: the place of the collection in the root's `CollectionSet.collections`.
    init(name: String, definition: String, since: Offset, root: RootCollection, index: Int) {
        (self.name, self.definition, self.since) = (name, definition, since)
        (self.root, self.index) = (root, index)
    }

    /// Whether the rows at an offset are rows of this definition. If so, a reader that has them can be sent the changes
    /// since the offset.
    func isInForce(at offset: Offset) -> Bool { since == .start || offset > since }

    /// The newest durable rows, with the offset of the last event that they contain.
    var current: (state: CollectionState, offset: Offset) {
        let value = root.projector.value
        return (value.state.collections[index], value.offset)
    }

    /// The fold began after this offset (`CollectionSet.startedAfter`).
    var startedAfter: Offset { root.projector.value.state.startedAfter }

    /// The operations that were skipped, of the collection with `from` (`CollectionSet.skipped`).
    var skipped: [String: Int] { root.projector.value.state.skipped }

    /// The rows as of an offset.
    ///
    /// May read and fold a part of the log, on another thread. A limited number of past states are computed at once.
    ///
    /// - Throws: `Problem`: 404 for an offset without a state, 503 `busy` when too many requests for past states wait,
    ///   410 when events were trimmed or one is damaged.
    func state(at offset: Offset) async throws -> CollectionState {
        try await root.state(at: offset).collections[index]
    }

    /// The states of the past, for the inspector and `/api/state/NAME`.
    var past: any PastStates {
        NamedStates(name: name, version: definition, history: root.history) { [name] in $0.json(name) }
    }

    /// The rows that a command is decided against, in the states of `root`.
    func rows(in states: CollectionSet) -> CollectionState { states.collections[index] }

    /// The projector of the collection that this one is, or is grouped from.
    var projector: Projector<CollectionProjection> { root.projector }
}
