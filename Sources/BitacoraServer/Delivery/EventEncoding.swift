import EventLog
import NIOCore
import WebSocket

/// How events are encoded for a subscriber.
///
/// Subscribers with the same encoding get the same bytes, so an event is encoded once for all of them.
enum EventEncoding: Hashable, Sendable {
    /// One JSON event a text message (RFC 6455).
    case webSocket
    /// `id: logid:offset` and `data: {event}` (HTML Living Standard, 9.2 Server-sent events).
    case serverSentEvents
    /// An event of Socket.IO, named for the event's type.
    case socketIO(SocketIOFormat)

    func encoder(log: LogID) -> any EventEncoder {
        switch self {
        case .webSocket: WebSocketEventEncoder(log: log)
        case .serverSentEvents: ServerSentEventEncoder(log: log)
        case .socketIO(let format): SocketIOEventEncoder(format, log: log)
        }
    }
}

/// Writes events and control messages in one encoding.
///
/// Use one encoder for a run of events: the text that all events share is prepared once.
protocol EventEncoder {
    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer)

    /// The message `replayed`: the subscriber has everything up to `head`.
    func replayed(_ head: Offset) -> ByteBuffer

    /// The message `reset`: the client must discard the events it has, and the delivery begins again.
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

/// Events as blocks of an event stream (HTML Living Standard, 9.2 Server-sent events).
struct ServerSentEventEncoder: EventEncoder {
    /// A comment that keeps proxies and clients from closing a quiet stream. WebSockets send pings instead.
    static let keepAlive = ByteBuffer(string: ": still here\n\n")

    let log: LogID
    private var writer = EventJSONWriter()

    init(log: LogID) { self.log = log }

    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer) {
        output.writeString("id: \(log):\(event.offset)\ndata: ")
        writer.append(event, to: &output)
        output.writeStaticString("\n\n")
    }

    func replayed(_ head: Offset) -> ByteBuffer {
        control("replayed", at: head, ControlMessage.replayed(head, log))
    }

    func reset(_ reset: Reset) -> ByteBuffer {
        control("reset", at: reset.after, ControlMessage.reset(reset, log))
    }

    /// A control message has an id, too: a browser whose connection ends after the message resumes from this id, and
    /// not from the parameters of its first request.
    private func control(_ name: String, at offset: Offset, _ json: String) -> ByteBuffer {
        ByteBuffer(string: "id: \(log):\(offset)\nevent: \(name)\ndata: \(json)\n\n")
    }
}

/// Events as text messages of a plain WebSocket (RFC 6455).
struct WebSocketEventEncoder: EventEncoder {
    let log: LogID
    private var writer = EventJSONWriter()

    init(log: LogID) { self.log = log }

    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer) {
        let bound = writer.bound(event)
        output.writeTextFrame(bound: bound) { start in writer.write(event, to: start) }
    }

    func replayed(_ head: Offset) -> ByteBuffer { message(ControlMessage.replayed(head, log)) }

    func reset(_ reset: Reset) -> ByteBuffer { message(ControlMessage.reset(reset, log)) }

    private func message(_ json: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        WebSocketFrameWriter.append(text: json, to: &buffer)
        return buffer
    }
}

extension ByteBuffer {
    /// Writes a text frame whose length is known only after the payload has been written.
    ///
    /// Nearly every frame has a header of four bytes, so the payload is written four bytes after the start of the
    /// frame; when the header has another length, the payload is moved.
    ///
    /// - Parameters:
    ///   - bound: the maximum number of bytes that `payload` writes.
    ///   - payload: writes at the given address, and returns the number of bytes.
    @inline(__always)
    mutating func writeTextFrame(bound: Int, payload: (UnsafeMutableRawPointer) -> Int) {
        let usual = 4
        writeWithUnsafeMutableBytes(minimumWritableBytes: bound + 10) { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            let count = payload(start + usual)
            let header = WebSocketFrameWriter.headerLength(forPayload: count)
            if header != usual { (start + header).copyMemory(from: start + usual, byteCount: count) }
            WebSocketFrameWriter.writeHeader(.text, payloadLength: count, to: start)
            return header + count
        }
    }
}
