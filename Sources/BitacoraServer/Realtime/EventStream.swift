import EventLog
import NIOCore
import NIOHTTP1
import WebSocket

/// The event stream on `/api/events` (HTML Living Standard, 9.2 Server-sent events).
final class EventStream: StreamApplication, Subscriber.Connection {
    /// What a stream's response begins with. Proxies are told not to hold it back.
    static let headers: HTTPHeaders = [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
    ]

    private let hub: Hub
    private let log: EventLog
    private let subscription: EventSubscription
    private var subscriber: Subscriber?
    private var stream: StreamConnection?

    init(hub: Hub, log: EventLog, subscription: EventSubscription) {
        self.hub = hub
        self.log = log
        self.subscription = subscription
    }

    func opened(_ connection: StreamConnection) {
        stream = connection
        do throws(ReadError) {
            let (after, reset) = try subscription.start.resolve(in: log, subscription.filter)
            let kind = ChunkKind(filter: subscription.filter, encoding: .serverSentEvents)
            let subscriber = Subscriber(kind: kind, after: after, connection: self)
            self.subscriber = subscriber
            hub.add(subscriber, reset: reset)
        } catch {
            fail(error)
        }
    }

    func writabilityChanged(_ connection: StreamConnection) {
        if connection.isWritable, let subscriber { hub.becameWritable(subscriber) }
    }

    func closed(_ connection: StreamConnection) {
        if let subscriber { hub.remove(subscriber) }
        subscriber = nil
        stream = nil
    }

    var isWritable: Bool { stream?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        stream?.write(bytes)
        stream?.flush()
    }

    /// An event stream has no close code: a comment says why, and the client comes again.
    func fail(_ error: ReadError) {
        write(ByteBuffer(string: ": \(error)\n\n"))
        stream?.close()
    }
}
