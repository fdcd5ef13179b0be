import EventLog
import NIOCore

/// How events are encoded for a subscriber.
///
/// Subscribers with the same encoding get the same bytes, so an event is encoded once for all of them.
enum EventEncoding: Hashable, Sendable {
    /// One JSON event a text message (RFC 6455).
    case webSocket
    /// `id: logid:offset` and `data: {event}` (HTML Living Standard, 9.2 Server-sent events).
    case serverSentEvents
    /// An event of Socket.IO, named for the event's type.
    case socketIO(SocketIOForm)

    func encoder(log: LogID) -> any EventEncoder {
        switch self {
        case .webSocket: WebSocketEventEncoder(log: log)
        case .serverSentEvents: ServerSentEventEncoder(log: log)
        case .socketIO(let form): SocketIOEventEncoder(form, log: log)
        }
    }
}

/// Writes events and control messages in one encoding.
///
/// Use one encoder for a run of events: text that is the same in all events is prepared once.
protocol EventEncoder {
    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer)

    /// The message `replayed`: the subscriber has everything up to `head`.
    func replayed(_ head: Offset) -> ByteBuffer

    /// The message `reset`: the events that the subscriber has do not count, and the delivery begins again.
    func reset(_ reset: Reset) -> ByteBuffer
}

/// The control messages of the plain WebSocket and the event stream.
enum ControlMessage {
    static func replayed(_ head: Offset, _ log: LogID) -> String {
        #"{"type":"replayed","head":\#(head),"position":"\#(log):\#(head)"}"#
    }

    static func reset(_ reset: Reset, _ log: LogID) -> String {
        #"{"type":"reset","reason":"\#(reset.reason.rawValue)","first":\#(reset.first),"head":\#(reset.head),"position":"\#(log):\#(reset.after)"}"#
    }
}

extension EventJSONWriter {
    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer) {
        let bound = bound(event)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return write(event, to: start)
        }
    }
}
