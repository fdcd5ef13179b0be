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

    private let counts = Mutex<[String: [RowQueryID: Int]]>([:])
    private let total = Atomic(0)

    /// Whether there are no live readers.
    var isEmpty: Bool { total.load(ordering: .sequentiallyConsistent) == 0 }

    func contains(_ collection: String, _ query: RowQueryID) -> Bool {
        counts.withLock { $0[collection]?[query] != nil }
    }

    /// - Throws: `Problem` 503 `busy` when the readers of the collection have too many different queries.
    func add(_ collection: String, _ query: RowQueryID) throws(Problem) {
        let isAdded = counts.withLock { counts in
            let queries = counts[collection, default: [:]]
            guard queries[query] != nil || queries.count < Self.maximumQueries else { return false }
            counts[collection, default: [:]][query, default: 0] += 1
            return true
        }
        guard isAdded else {
            var problem = Problem(
                .serviceUnavailable, "busy",
                "the live readers of collection \(collection) have \(Self.maximumQueries) different queries, which is the limit; use the query of another reader, or try again later"
            )
            problem.headers[.retryAfter] = "5"
            throw problem
        }
        total.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    /// - Returns: whether the query has no reader left.
    func remove(_ collection: String, _ query: RowQueryID) -> Bool {
        total.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        return counts.withLock { counts in
            guard let count = counts[collection]?[query] else { return false }
            guard count == 1 else {
                counts[collection]?[query] = count - 1
                return false
            }
            counts[collection]?[query] = nil
            if counts[collection]?.isEmpty == true { counts[collection] = nil }
            return true
        }
    }
}

/// The place of one reader among the readers of a query; ends with its last reference.
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
