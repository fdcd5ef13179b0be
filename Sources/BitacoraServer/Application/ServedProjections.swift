import EventLog
import HTTPTypes
import Synchronization

/// The projections of a running server: the states that it shows, and the projectors whose states it stores.
///
/// An application with one projection has one of each. Several states may be parts of the state of one projector. The
/// lists are replaced when the definition of the application changes while the server runs.
final class ServedProjections: Sendable {
    struct Contents: Sendable {
        /// The states by name, in the order in which the inspector offers them; the names are distinct.
        var states: [any PastStates] = []
        /// The projectors, whose names are distinct.
        var projectors: [any SnapshotSource] = []
    }

    private let contents: Mutex<Contents>

    init(_ contents: Contents = Contents()) { self.contents = Mutex(contents) }

    var states: [any PastStates] { contents.withLock { $0.states } }

    var projectors: [any SnapshotSource] { contents.withLock { $0.projectors } }

    /// The last offset that every state has; nil without states.
    var head: Offset? { states.map(\.head).min() }

    /// Replaces both lists. The caller detaches the projectors that are no longer used.
    func replace(with contents: Contents) { self.contents.withLock { $0 = contents } }

    /// Returns the state with a name.
    ///
    /// - Throws: `Problem` 404 with the names that there are.
    static func state(
        named name: String, among states: [any PastStates], field: String
    ) throws(Problem) -> any PastStates {
        if let found = states.first(where: { $0.name == name }) { return found }
        let known =
            switch states.count {
            case 0: "this server has no projection"
            case 1: "the projection of this server is \(states[0].name)"
            default: "the projections of this server are \(states.map(\.name).joined(separator: ", "))"
            }
        throw Problem(.notFound, "not-found", "there is no projection '\(name.prefix(64))'; \(known)", field: field)
    }
}

/// A projector without its type, for the services that store states and trim events.
protocol SnapshotSource: Sendable {
    /// The projection.
    var anyProjection: any Projection { get }
    /// The offset of the snapshot that the state was loaded from; `start` when there was none.
    var loadedSnapshot: Offset { get }
    /// The offset of the newest state.
    var offset: Offset { get }
    /// Stores the newest state, and returns its offset.
    func saveSnapshot() async throws(AppendError) -> Offset
}

extension Projector: SnapshotSource {
    var anyProjection: any Projection { projection }
    var loadedSnapshot: Offset { loading.snapshot }
    var offset: Offset { value.offset }
}
