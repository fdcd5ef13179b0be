import EventLog
import NIOCore

/// What is delivered to one connection: events, or the changes of rows.
///
/// Belongs to the event loop of the connection, which owns it.
protocol RealtimeDelivery: AnyObject {
    /// Begins the delivery. Called once; the delivery does not keep the connection alive.
    func begin(to connection: any RealtimeConnection)

    /// Continues the delivery after the connection has become writable.
    func becameWritable()

    /// Ends the delivery: nothing may be written any more.
    func end()
}

/// The part of a connection that a delivery uses.
protocol RealtimeConnection: Subscriber.Connection {
    /// Ends the connection because what it follows does not exist any more.
    func endDelivery(_ reason: String)
}

/// What a path offers as a WebSocket and as an event stream.
protocol RealtimeEndpoint: Sendable {
    /// Makes the delivery to a connection on an event loop, in an encoding.
    typealias MakeDelivery = (any EventLoop, EventEncoding) -> any RealtimeDelivery

    /// Whether a path belongs to the endpoint.
    func accepts(_ path: Substring) -> Bool

    /// Reads a request of such a path.
    ///
    /// - Parameter lastEventID: the header `Last-Event-ID` of a request for an event stream.
    /// - Throws: the problem with which the request is answered.
    func delivery(_ path: Substring, _ query: Query, lastEventID: String?) throws(Problem) -> MakeDelivery
}

/// `/api/events`: the events of the log.
struct EventEndpoint: RealtimeEndpoint {
    private static let path = ["api", "events"]
    private static let parameters = ["after", "lastEventId", "topics", "types", "since"]
    /// The parameters of JSON answers, which sockets and streams reject.
    private static let listParameters = ["limit", "wait"]

    /// The hubs of all event loops.
    let hubs: Delivery

    /// Empty levels are ignored, as in the paths of all routes.
    func accepts(_ path: Substring) -> Bool { path.split(separator: "/").map(String.init) == Self.path }

    func delivery(_ path: Substring, _ query: Query, lastEventID: String?) throws(Problem) -> MakeDelivery {
        try query.rejectMisspellings(of: Self.parameters)
        if let name = Self.listParameters.first(where: { query[$0] != nil }) {
            throw .invalid(
                name, "\(name) is a parameter of JSON answers; remove it from the address of a socket or stream")
        }
        let subscription = try EventSubscription(query, lastEventID: lastEventID)
        return { [hubs] loop, encoding in EventDelivery(subscription, encoding, hubs.hub(of: loop)) }
    }
}

/// The delivery of events to one connection of `/api/events`.
final class EventDelivery: RealtimeDelivery {
    private let subscription: EventSubscription
    private let encoding: EventEncoding
    private let hub: Hub
    private var subscriber: Subscriber?

    init(_ subscription: EventSubscription, _ encoding: EventEncoding, _ hub: Hub) {
        (self.subscription, self.encoding, self.hub) = (subscription, encoding, hub)
    }

    func begin(to connection: any RealtimeConnection) {
        let subscriber = Subscriber(
            kind: ChunkKind(filter: subscription.filter, encoding: encoding), connection: connection, hub: hub)
        // Stored before the first write, which may already end the connection.
        self.subscriber = subscriber
        subscriber.begin(from: subscription.start)
    }

    func becameWritable() { subscriber?.becameWritable() }

    func end() {
        subscriber?.end()
        subscriber = nil
    }
}
