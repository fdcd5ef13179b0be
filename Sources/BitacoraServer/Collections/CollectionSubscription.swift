import EventLog
import Inspection
import KeyedRows
import NIOCore

/// The rows that a live reader follows, and where the reader begins.
struct CollectionSubscription: Sendable {
    let reservation: WindowReservation
    let start: RowProgress

    init(_ reservation: WindowReservation, from start: RowProgress) {
        (self.reservation, self.start) = (reservation, start)
    }

    /// Reads the value of `position`: what the reader has. Without a value the reader gets only later changes.
    static func start(_ text: String?) throws(InvalidParameter) -> StartPoint {
        guard let text else { return .live }
        switch StartPoint(text) {
        case .last, .since, .unrecognizedID, nil:
            throw InvalidParameter(
                "position", text, "is not a position of rows", "write an offset, logid:offset, start or live")
        case let start?: return start
        }
    }

    /// The parameters of pages, which live readers reject.
    private static let pageParameters = [
        "after": "after is the cursor of a page; a live reader begins at position",
        "at": "at is for pages of past rows; a live reader follows the newest rows",
    ]

    /// Refuses the names of parameters that only pages have.
    ///
    /// - Throws: `Problem` 400 for the first of them.
    static func rejectPageParameters(_ names: [String]) throws(Problem) {
        for name in names {
            if let reason = pageParameters[name] { throw .invalid(name, reason) }
        }
    }
}

/// `/api/collections/{name}` as a WebSocket and as an event stream: the changes of the rows.
struct CollectionEndpoint: RealtimeEndpoint {
    private static let parameters = ["position", "lastEventId"]

    let feeds: CollectionFeeds

    func accepts(_ path: Substring) -> Bool {
        if case .collection = CollectionPath(path) { true } else { false }
    }

    func delivery(_ path: Substring, _ query: Query, lastEventID: String?) throws(Problem) -> MakeDelivery {
        guard case .collection(let name) = CollectionPath(path) else { throw .notFound }
        let state = try feeds.application.existing(name).current.state
        try CollectionSubscription.rejectPageParameters(query.names)
        let rows = try RowParameters.selection(query, others: Self.parameters, of: state)
        let subscription = CollectionSubscription(
            try WindowReservation(name, rows, feeds), from: .start(try Self.start(query, lastEventID)))
        return { [feeds] loop, encoding in CollectionReader(subscription, encoding, on: loop, feeds) }
    }

    /// The ids take precedence over `position`: when a client reconnects, its address still has the first values.
    private static func start(_ query: Query, _ lastEventID: String?) throws(Problem) -> StartPoint {
        for id in [lastEventID, query["lastEventId"]] {
            if let id, !id.isEmpty { return StartPoint(lastEventID: id) }
        }
        do throws(InvalidParameter) {
            return try CollectionSubscription.start(query["position"])
        } catch {
            throw Problem(error)
        }
    }
}
