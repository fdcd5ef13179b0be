import EventLog
import NIOCore

/// How events lie on the wire of a subscriber.
///
/// Everything a subscriber gets is bytes that others may get too, so each is
/// encoded once for all of them.
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

/// Writes events and control messages in one encoding. Keep one per run of
/// events: what repeats from one to the next is made once.
protocol EventEncoder {
    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer)

    /// Tells a subscriber that it has everything up to `head`.
    func replayed(_ head: Offset) -> ByteBuffer

    /// Tells a subscriber that what it had is not of this log, and that all of it follows.
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
