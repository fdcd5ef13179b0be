import EventLog
import HTTPTypes
import KeyedRows
import Synchronization

/// The queries that live readers have, with the number of readers of each.
///
/// A reader reserves its query when its request is accepted, so that a request beyond the limit is answered 503.
final class WindowReservations: Sendable {
    /// The maximum number of different queries of the live readers of one collection.
    static let maximumQueries = 1000
    /// The maximum number of queries, of all collections together, whose first rows are not found yet.
    static let maximumSearches = 4096

    private struct Entry {
        var readers: Int
        /// Whether the first rows are still being searched.
        var isSearching = true
    }

    private struct State {
        var entries: [String: [RowQueryID: Entry]] = [:]
        var searches = 0
    }

    private let state = Mutex(State())
    private let total = Atomic(0)
    private let maximumSearches: Int

    init(maximumSearches: Int = WindowReservations.maximumSearches) { self.maximumSearches = maximumSearches }

    /// Whether there are no live readers.
    var isEmpty: Bool { readerCount == 0 }

    /// The number of live readers.
    var readerCount: Int { total.load(ordering: .sequentiallyConsistent) }

    /// The number of different queries that live readers have, of all collections.
    var queryCount: Int { state.withLock { $0.entries.values.reduce(0) { $0 + $1.count } } }

    func contains(_ collection: String, _ query: RowQueryID) -> Bool {
        state.withLock { $0.entries[collection]?[query] != nil }
    }

    /// Adds a reader of a query. The first reader of a query begins a search for its first rows, until `endSearch`.
    ///
    /// - Throws: `Problem` 503 `busy` when the readers of the collection have too many different queries, or the first
    ///   rows of too many queries are being searched.
    func add(_ collection: String, _ query: RowQueryID) throws(Problem) {
        let problem = state.withLock { state -> Problem? in
            if state.entries[collection]?[query] != nil {
                state.entries[collection]?[query]?.readers += 1
                return nil
            }
            if let problem = refusal(of: collection, state) { return problem }
            state.entries[collection, default: [:]][query] = Entry(readers: 1)
            state.searches += 1
            return nil
        }
        if let problem { throw problem }
        total.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    /// Why a further query is refused; nil when it is not.
    private func refusal(of collection: String, _ state: State) -> Problem? {
        guard state.entries[collection, default: [:]].count < Self.maximumQueries else {
            return .busy(
                "the live readers of collection \(collection) have \(Self.maximumQueries) different queries, which is the limit; use the query of another reader, or try again later",
                retryAfter: 5)
        }
        guard state.searches < maximumSearches else {
            return .busy(
                "the server is searching the first rows of \(maximumSearches) queries of live readers, which is the limit; try again in a moment",
                retryAfter: 1)
        }
        return nil
    }

    /// Ends the search for the first rows of a query: they were found, or no reader needs them. May be called again.
    func endSearch(_ collection: String, _ query: RowQueryID) {
        state.withLock { state in
            guard state.entries[collection]?[query]?.isSearching == true else { return }
            state.entries[collection]?[query]?.isSearching = false
            state.searches -= 1
        }
    }

    /// Removes a reader of a query, and the search for its first rows with the last reader.
    ///
    /// - Returns: whether the query has no reader left.
    func remove(_ collection: String, _ query: RowQueryID) -> Bool {
        total.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        return state.withLock { state in
            guard let entry = state.entries[collection]?[query] else { return false }
            guard entry.readers == 1 else {
                state.entries[collection]?[query]?.readers -= 1
                return false
            }
            if entry.isSearching { state.searches -= 1 }
            state.entries[collection]?[query] = nil
            if state.entries[collection]?.isEmpty == true { state.entries[collection] = nil }
            return true
        }
    }
}

extension Problem {
    /// 503 with `Retry-After`.
    ///
    /// - Parameter retryAfter: in seconds.
    fileprivate static func busy(_ detail: String, retryAfter: Int) -> Problem {
        var problem = Problem(.serviceUnavailable, "busy", detail)
        problem.headers[.retryAfter] = "\(retryAfter)"
        return problem
    }
}

/// Counts one reader among the readers of a query, as long as the reservation is referenced.
final class WindowReservation: Sendable {
    let collection: String
    let query: RowQuery
    let queryID: RowQueryID
    private let feeds: CollectionFeeds

    /// - Throws: `Problem` 503 `busy`, see `WindowReservations.add`.
    init(_ collection: String, _ query: RowQuery, _ feeds: CollectionFeeds) throws(Problem) {
        queryID = RowQueryID(query)
        try feeds.reservations.add(collection, queryID)
        (self.collection, self.query, self.feeds) = (collection, query, feeds)
    }

    deinit { feeds.release(collection, queryID) }
}
