import EventLog
import Inspection

/// What a request for events asks for: from where, and which.
struct EventSubscription: Sendable {
    let start: StartPoint
    let filter: EventFilter

    /// Reads `after`, `since`, `lastEventId`, and `topics` and `types` (comma separated, repeatable).
    ///
    /// `lastEventId` is for clients that cannot send the header `Last-Event-ID`. Both take precedence over `after` and
    /// `since`: when a client reconnects, its address still has the values of the first request.
    ///
    /// - Parameter lastEventID: the header; takes precedence over `lastEventId`, for the same reason.
    init(_ query: Query, lastEventID: String? = nil) throws(Problem) {
        start = try Self.start(query, lastEventID)
        filter = EventFilter(
            topics: try Self.patterns(query.list("topics")), types: try Self.types(query.list("types")))
    }

    init(start: StartPoint, filter: EventFilter) {
        self.start = start
        self.filter = filter
    }

    static func start(_ query: Query, _ lastEventID: String? = nil) throws(Problem) -> StartPoint {
        for id in [lastEventID, query["lastEventId"]] {
            if let id, !id.isEmpty { return StartPoint(lastEventID: id) }
        }
        return try start(after: query["after"], since: query["since"])
    }

    /// - Parameters:
    ///   - after: what the reader has, in the words of ``StartPoint``.
    ///   - since: a time or an age, instead of `after`.
    ///   - now: the time that an age counts back from.
    static func start(after: String?, since: String?, now: Timestamp = .now()) throws(Problem) -> StartPoint {
        if let after {
            guard since == nil else { throw .invalid("since", "give after or since, not both") }
            guard let start = StartPoint(after) else {
                throw .invalid(
                    "after",
                    "'\(after)' is not an offset, logid:offset, start, live or -N (N up to \(StartPoint.maximumLast))")
            }
            return start
        }
        guard let since else { return .start }
        guard let time = Timestamp(since, before: now) else {
            throw .invalid("since", "'\(since)' is not a time; write \(Timestamp.forms)")
        }
        return .since(time)
    }

    static func patterns(_ texts: [String]) throws(Problem) -> [TopicPattern] {
        guard texts.count <= EventFilter.maximumCount else {
            throw .invalid("topics", "there are \(texts.count) topics; the limit is \(EventFilter.maximumCount)")
        }
        var patterns: [TopicPattern] = []
        for text in texts {
            guard let pattern = TopicPattern(text) else {
                throw .invalid(
                    "topics", "'\(text)' is not a topic pattern; write levels split by /, * for one and ** for the rest"
                )
            }
            patterns.append(pattern)
        }
        return patterns
    }

    static func types(_ texts: [String]) throws(Problem) -> [String] {
        guard texts.count <= EventFilter.maximumCount else {
            throw .invalid("types", "there are \(texts.count) types; the limit is \(EventFilter.maximumCount)")
        }
        for text in texts {
            if let problem = EventLimits.problem(ofWantedType: text) {
                throw .invalid("types", "'\(text.prefix(64))' \(problem)")
            }
        }
        return texts
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
