import EventLog
import NIOCore
import NIOHTTP1
import WebSocket

/// The event stream on `/api/events` (HTML Living Standard, 9.2 Server-sent events).
final class EventStream: StreamConnectionDelegate, Subscriber.Connection {
    /// What a stream's response begins with. Proxies are told not to hold it back.
    static let headers: HTTPHeaders = [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
    ]

    /// Makes a browser reconnect after one second instead of about three: a restart takes less.
    ///
    /// No empty line follows, so it is part of the first message: some clients take every block for a message.
    private static let retry = ByteBuffer(string: "retry: 1000\n")

    private let delivery: ConnectionDelivery
    private var stream: StreamConnection?

    init(hub: Hub, subscription: EventSubscription) {
        delivery = ConnectionDelivery(hub, subscription)
    }

    func opened(_ connection: StreamConnection) {
        stream = connection
        connection.write(Self.retry)
        delivery.start(.serverSentEvents, to: self)
    }

    func writabilityChanged(_ connection: StreamConnection) {
        if connection.isWritable { delivery.becameWritable() }
    }

    func closed(_ connection: StreamConnection) {
        delivery.end()
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
