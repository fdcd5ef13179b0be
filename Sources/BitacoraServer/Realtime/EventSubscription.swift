import EventLog
import Inspection
import SocketIO

/// The events that a request asks for: a start and a filter.
///
/// Read from the query of requests for events as JSON, for event streams and for WebSockets. Socket.IO has
/// ``SocketSubscription``, which reads the same values from `auth`.
struct EventSubscription: Sendable {
    let start: StartPoint
    let filter: EventFilter

    init(start: StartPoint, filter: EventFilter) {
        self.start = start
        self.filter = filter
    }

    /// Reads `after`, `since`, `lastEventId`, and `topics` and `types` (comma separated, repeatable).
    ///
    /// `lastEventId` is for clients that cannot send the header `Last-Event-ID`. Both take precedence over `after` and
    /// `since`: when a client reconnects, its address still has the values of the first request.
    ///
    /// - Parameters:
    ///   - lastEventID: the header; takes precedence over `lastEventId`, for the same reason.
    ///   - now: the time that an age counts back from.
    init(_ query: Query, lastEventID: String? = nil, now: Timestamp = .now()) throws(Problem) {
        start = try Self.start(query, lastEventID, now: now)
        do throws(InvalidParameter) {
            filter = try Self.filter(topics: query.list("topics"), types: query.list("types"))
        } catch {
            throw Problem(error)
        }
    }

    /// Reads only the parameters of the start: `lastEventId`, `after` and `since`.
    static func start(
        _ query: Query, _ lastEventID: String? = nil, now: Timestamp = .now()
    ) throws(Problem) -> StartPoint {
        for id in [lastEventID, query["lastEventId"]] {
            if let id, !id.isEmpty { return StartPoint(lastEventID: id) }
        }
        do throws(InvalidParameter) {
            return try StartPoint(after: query["after"], since: query["since"], now: now)
        } catch {
            throw Problem(error)
        }
    }

    /// Reads lists of topics and types; commas in the names do not split them.
    static func filter(topics: [String], types: [String]) throws(InvalidParameter) -> EventFilter {
        EventFilter(
            topics: try FilterGrammar.topics(topics, field: "topics"),
            types: try FilterGrammar.types(types, field: "types"))
    }
}

/// The events that a Socket.IO client asks a namespace for, in `auth` or in the query of its handshake.
///
/// | name | value |
/// |---|---|
/// | `after` | an offset, `logid:offset`, `"start"`, `"live"`, `"-N"` |
/// | `since` | a time, or an age such as `2h` |
/// | `topics`, `types` | an array of names, or text with commas; a comma in a name is written `\,` in text only |
/// | `recovery` | `false`: no positions, no recovery |
/// | `pid`, `offset` | set by stock clients when they reconnect |
///
/// A value in `auth` takes precedence over the query. Other names belong to the application and are ignored, unless a
/// name is probably a misspelling of one of these (`ParameterNames`).
struct SocketSubscription {
    let session: SessionRequest
    let filter: EventFilter

    private static let names: ParameterNames = ["after", "since", "topics", "types", "recovery", "pid", "offset"]

    /// - Throws: `.invalid` with the name at fault.
    init(namespace: LogNamespace, _ source: SocketParameters) throws(Problem) {
        let requested: EventFilter
        do throws(InvalidParameter) {
            try Self.names.check(source.names)
            session = try SessionRequest(
                source, from: try StartPoint(after: source.text("after"), since: source.text("since")))
            requested = try EventSubscription.filter(topics: source.list("topics"), types: source.list("types"))
        } catch {
            throw Problem(error)
        }
        filter = try namespace.filter(topics: requested.topics, types: requested.types)
    }
}
