import EventLog
import KeyedRows
import Synchronization

/// The live readers of one collection: a window for each of their queries.
///
/// Belongs to the worker of the feeds.
final class CollectionFeed {
    /// What the windows are kept up to date with.
    struct Context: ~Copyable {
        let log: EventLog
        let application: DeclaredApplication
        let encodedMessages = MessageCounter()
        /// Counts the definitions that feeds have followed.
        let generations = Atomic(0)

        fileprivate func nextGeneration() -> Int { generations.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    /// The first rows of a query, to be found on another thread.
    struct Search: Sendable {
        let query: RowQuery
        let queryID: RowQueryID
        let state: CollectionState
        let offset: Offset
        let generation: Int
    }

    private let name: String
    private var served: ServedCollection
    private var state: CollectionState
    private var offset: Offset
    private var generation: Int
    private var windows: [RowQueryID: FeedWindow] = [:]
    /// The readers that wait for the first rows of a query.
    private var waiting: [RowQueryID: [RowRequest]] = [:]

    /// - Returns: nil when the application does not have the collection.
    init?(_ name: String, _ context: borrowing Context) {
        guard let served = context.application.collection(name) else { return nil }
        self.name = name
        self.served = served
        (state, offset) = served.current
        generation = context.nextGeneration()
    }

    /// Moves to the newest rows, and sends the changes to the members of the groups.
    ///
    /// - Returns: false when the collection does not exist any more; all readers have been ended.
    func update(_ context: borrowing Context, _ outbox: inout ReaderOutbox) -> Bool {
        guard let newest = context.application.collection(name) else {
            let reason = Self.removal(of: name)
            for window in windows.values { window.end(reason, &outbox) }
            for request in waiting.values.joined() { request.end(reason) }
            return false
        }
        let current = newest.current
        let isRedefined = newest.definition != served.definition
        served = newest
        if isRedefined {
            (state, offset) = current
            redefine(context, &outbox)
        } else if current.offset > offset {
            // Nil too when the newer state does not know all changes since the older one.
            let hasChanged = current.state.lastChange > state.lastChange
            let differences = hasChanged ? RowDifferences(from: state, to: current.state) : nil
            (state, offset) = current
            for window in windows.values {
                window.advance(to: state, differences, at: offset, context.log.id, &outbox)
            }
        }
        return true
    }

    /// Why the readers of a collection that does not exist any more are ended.
    static func removal(of name: String) -> String { "collection \(name) was removed from the application" }

    private func redefine(_ context: borrowing Context, _ outbox: inout ReaderOutbox) {
        generation = context.nextGeneration()
        for (id, window) in windows {
            if let problem = missingField(of: window.query) {
                window.end(problem, &outbox)
                windows[id] = nil
            } else {
                window.redefine(LiveWindow(window.query, state), at: offset, generation: generation, &outbox)
            }
        }
    }

    private func missingField(of query: RowQuery) -> String? {
        query.unknownField(of: state).map { "field \($0) was removed from collection \(name)" }
    }

    /// Answers a reader, or lets it wait for the first rows of its query.
    ///
    /// - Returns: the search that must be run, and ended with `found`; nil when none is needed.
    func answer(_ request: RowRequest, _ context: borrowing Context) -> Search? {
        let (query, id) = (request.reservation.query, request.reservation.queryID)
        if let window = windows[id] {
            request.answer(window.answer(request, context.log, served))
            return nil
        }
        if let problem = missingField(of: query) {
            request.end(problem)
            return nil
        }
        waiting[id, default: []].append(request)
        guard waiting[id]?.count == 1 else { return nil }
        return Search(query: query, queryID: id, state: state, offset: offset, generation: generation)
    }

    /// Keeps the rows that a search found, and answers the readers that wait for them.
    ///
    /// - Parameter isWanted: whether the query still has readers.
    /// - Returns: the search that must be run in its place when the definition has changed; nil otherwise.
    func found(
        _ rows: LiveWindow, _ search: Search, isWanted: Bool, _ context: borrowing Context, _ outbox: inout ReaderOutbox
    ) -> Search? {
        guard let requests = waiting.removeValue(forKey: search.queryID), isWanted else { return nil }
        guard search.generation == generation else {
            var next: Search?
            for request in requests { next = answer(request, context) ?? next }
            return next
        }
        let window = FeedWindow(rows, at: search.offset, generation: generation, context.encodedMessages)
        windows[search.queryID] = window
        window.advance(to: state, nil, at: offset, context.log.id, &outbox)
        for request in requests { request.answer(window.answer(request, context.log, served)) }
        return nil
    }

    /// Whether readers wait for the first rows of a query.
    func isSearching(_ query: RowQueryID) -> Bool { waiting[query] != nil }

    /// Ends the readers that wait for the first rows of a query.
    func endWaiting(for query: RowQueryID, _ reason: String) {
        for request in waiting.removeValue(forKey: query) ?? [] { request.end(reason) }
    }

    /// Drops the window of a query without readers.
    func drop(_ query: RowQueryID) { windows[query] = nil }

    /// Whether there is nothing to keep up to date.
    var isIdle: Bool { windows.isEmpty && waiting.isEmpty }

    /// Sends the newest offset, or a comment, so that idle connections stay open.
    func keepAlive(_ context: borrowing Context, _ outbox: inout ReaderOutbox) {
        for window in windows.values { window.keepAlive(context.log.id, &outbox) }
    }
}
