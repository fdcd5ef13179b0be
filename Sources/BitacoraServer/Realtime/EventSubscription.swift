import EventLog
import Inspection

/// The events that a request asks for: where they begin, and which of them are wanted.
///
/// One reader for pages of events, event streams and WebSockets. Socket.IO has ``SocketSubscription``, which reads the
/// same values from `auth`.
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

    /// Reads only the parameters that say where the events begin.
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

    /// Reads lists of topics and types; the names in them are not split any more.
    static func filter(topics: [String], types: [String]) throws(InvalidParameter) -> EventFilter {
        EventFilter(
            topics: try FilterGrammar.topics(topics, field: "topics"),
            types: try FilterGrammar.types(types, field: "types"))
    }
}

/// Delivers the events of a subscription to one connection: the common part of ``EventSocket`` and ``EventStream``.
///
/// Belongs to the event loop of the connection and of its hub.
final class ConnectionDelivery {
    private let hub: Hub
    private let subscription: EventSubscription
    private var subscriber: Subscriber?

    init(_ hub: Hub, _ subscription: EventSubscription) {
        self.hub = hub
        self.subscription = subscription
    }

    /// Starts the delivery. The first events may be written before this returns.
    func start(_ encoding: EventEncoding, to connection: any Subscriber.Connection) {
        let kind = ChunkKind(filter: subscription.filter, encoding: encoding)
        let subscriber = Subscriber(kind: kind, connection: connection)
        self.subscriber = subscriber
        hub.add(subscriber, from: subscription.start)
    }

    /// The connection takes bytes again.
    func becameWritable() {
        if let subscriber { hub.becameWritable(subscriber) }
    }

    /// Ends the delivery.
    func end() {
        if let subscriber { hub.remove(subscriber) }
        subscriber = nil
    }
}
